# By the names of the options of `python -m infra.submit`.

output "region" {
  value = var.region
}

output "application" {
  value = aws_emrserverless_application.corpus.id
}

output "role" {
  value = aws_iam_role.build.arn
}

output "download_role" {
  description = "For the stage `images`: --role, which wins over the file."
  value       = aws_iam_role.download.arn
}

output "logs" {
  value = "s3://${aws_s3_bucket.corpus.bucket}/logs/"
}

output "cluster" {
  value = var.gpu_cluster ? aws_emr_cluster.gpu[0].id : ""
}
