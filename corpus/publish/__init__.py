"""Publishing: the product of a build written as a release, shuffled, in files of one size, with its papers."""
