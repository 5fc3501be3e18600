"""The console: app, screens, widgets."""
