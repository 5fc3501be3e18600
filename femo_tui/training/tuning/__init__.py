"""Fine-tuning: MobileNet's last blocks, learnt in children that load TensorFlow."""
