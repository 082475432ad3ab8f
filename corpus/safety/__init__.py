"""Safety of pictures: what detectors say of them. Nothing here drops a picture: bounds in the settings do."""
