"""The catalog's schema, step by step; run by Alembic, and only where it is behind."""
