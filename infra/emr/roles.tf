# Two roles for jobs. `build` reads the crawl and the bucket and writes the build's prefix. `download` runs the stage
# `images`, the one that talks to the whole web: what it could ever be talked into writing is its own table, the note that
# it runs (running.json), and logs. Files of the build's folder are written under another name and moved.

data "aws_iam_policy_document" "job_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["emr-serverless.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadTheBucket"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/*"]
  }
  statement {
    sid       = "ListTheBucket"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [local.bucket_arn]
  }
  statement {
    sid       = "WriteLogs"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/logs/*"]
  }
}

data "aws_iam_policy_document" "build" {
  source_policy_documents = [data.aws_iam_policy_document.read.json]
  statement {
    sid       = "ReadTheCrawl"
    actions   = ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::commoncrawl/*"]
  }
  statement {
    sid     = "WriteBuildAndRelease"
    actions = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = [
      "${local.bucket_arn}/${var.corpus_prefix}/*",
      "${local.bucket_arn}/release/*",
    ]
  }
}

data "aws_iam_policy_document" "download" {
  source_policy_documents = [data.aws_iam_policy_document.read.json]
  statement {
    sid       = "WriteImagesAlone"
    actions   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${local.bucket_arn}/${var.corpus_prefix}/tables/images/*"]
  }
  statement {
    sid     = "SayThatItRuns"
    actions = ["s3:PutObject"]
    resources = [
      "${local.bucket_arn}/${var.corpus_prefix}/",
      "${local.bucket_arn}/${var.corpus_prefix}/running.json",
      "${local.bucket_arn}/${var.corpus_prefix}/_*.unfinished",
    ]
  }
  statement {
    sid       = "MoveWhatIsFinished"
    actions   = ["s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${local.bucket_arn}/${var.corpus_prefix}/_*.unfinished"]
  }
}

resource "aws_iam_role" "build" {
  name               = "${local.name}-build"
  assume_role_policy = data.aws_iam_policy_document.job_trust.json
}

resource "aws_iam_role_policy" "build" {
  name   = "build"
  role   = aws_iam_role.build.id
  policy = data.aws_iam_policy_document.build.json
}

resource "aws_iam_role" "download" {
  name               = "${local.name}-download"
  assume_role_policy = data.aws_iam_policy_document.job_trust.json
}

resource "aws_iam_role_policy" "download" {
  name   = "download"
  role   = aws_iam_role.download.id
  policy = data.aws_iam_policy_document.download.json
}
