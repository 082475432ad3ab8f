"""Getting the bytes of images: what may be asked for, and the asking."""
