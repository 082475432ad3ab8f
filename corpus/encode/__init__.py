"""Pictures and sentences to unit vectors of one space, with models in the layout of open_clip."""
