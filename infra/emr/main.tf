# What a build on AWS needs: a bucket, a network whose nodes have no public address, roles with no more than their stage
# asks for, an EMR Serverless application for everything on CPU, and, when asked for, an EMR cluster on EC2 with GPUs.
#   terraform init && terraform apply -var bucket=my-corpus
#   terraform output -json > places.json       and then: python -m infra.submit submit emr-serverless --places places.json ...

terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = "interleaved-corpus" }
  }
}

variable "region" {
  description = "us-east-1 is where Common Crawl's bucket lies: elsewhere every byte of it is paid for, and slower."
  type        = string
  default     = "us-east-1"
}

variable "bucket" {
  description = "Name of the bucket to make, for code, tables, models and logs."
  type        = string
}

variable "corpus_prefix" {
  description = "Prefix of the build in the bucket: places.out is s3://BUCKET/PREFIX."
  type        = string
  default     = "corpus"
}

variable "release_label" {
  description = "emr-7.13.0: Spark 3.5.6, supported to April 2028. emr-spark-8.0.0: Spark 4.0.2, supported to May 2027."
  type        = string
  default     = "emr-7.13.0"
}

variable "image_uri" {
  description = "Image of infra/images/emr.Dockerfile in ECR; empty: the packed environment of make package is used."
  type        = string
  default     = ""
}

variable "maximum_vcpus" {
  description = "Ceiling of the application, hence of what an hour can cost. 100 executors of 4, and the driver."
  type        = number
  default     = 404
}

variable "gpu_cluster" {
  description = "Whether to run an EMR cluster on EC2 with GPUs; it costs as long as it stands, so only while embedding."
  type        = bool
  default     = false
}

variable "gpu_nodes" {
  description = "GPU nodes of the cluster, all on spot."
  type        = number
  default     = 16
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_availability_zones" "available" {
  state = "available"
}

locals {
  name       = "interleaved-corpus"
  bucket_arn = aws_s3_bucket.corpus.arn
  zones      = slice(data.aws_availability_zones.available.names, 0, 2)
}
