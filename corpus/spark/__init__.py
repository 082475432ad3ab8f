"""The only package that knows Spark, with the pipeline and the recipes made of DataFrames."""
