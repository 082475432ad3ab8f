# terraform test: nothing is asked of AWS.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  bucket = "corpus-test"
}

run "without_gpus" {
  command = plan

  assert {
    condition     = length(aws_emr_cluster.gpu) == 0 && length(aws_emr_instance_fleet.gpu) == 0
    error_message = "a cluster that costs is made only when asked for"
  }
  assert {
    condition     = aws_emrserverless_application.corpus.maximum_capacity[0].cpu == "404 vCPU"
    error_message = "capacity has a ceiling"
  }
  assert {
    condition     = aws_emrserverless_application.corpus.auto_stop_configuration[0].enabled
    error_message = "an idle application stops"
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.corpus.block_public_acls,
      aws_s3_bucket_public_access_block.corpus.block_public_policy,
      aws_s3_bucket_public_access_block.corpus.ignore_public_acls,
      aws_s3_bucket_public_access_block.corpus.restrict_public_buckets,
    ])
    error_message = "the bucket is not public in any way"
  }
  assert {
    condition     = anytrue([for rule in aws_s3_bucket_lifecycle_configuration.corpus.rule : length(rule.abort_incomplete_multipart_upload) == 1 && rule.status == "Enabled"])
    error_message = "stale uploads are removed"
  }
  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway"
    error_message = "S3 is reached without NAT"
  }
  assert {
    condition     = alltrue([for subnet in concat(aws_subnet.private, [aws_subnet.nat]) : subnet.map_public_ip_on_launch != true])
    error_message = "nobody gets a public address"
  }
  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.workers : rule.to_port]) == toset([80, 443])
    error_message = "workers reach web ports alone"
  }
}

run "with_gpus" {
  command = plan

  variables {
    gpu_cluster = true
    gpu_nodes   = 4
  }

  assert {
    condition     = jsondecode(aws_emr_security_configuration.corpus[0].configuration).InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion == 2
    error_message = "metadata answers to tokens alone"
  }
  assert {
    condition     = jsondecode(aws_emr_security_configuration.corpus[0].configuration).InstanceMetadataServiceConfiguration.HttpPutResponseHopLimit == 1
    error_message = "metadata answers across no hop"
  }
  assert {
    condition     = aws_emr_instance_fleet.gpu[0].target_spot_capacity == 4
    error_message = "GPU nodes are on spot, as many as asked for"
  }
  assert {
    condition     = aws_emr_cluster.gpu[0].auto_termination_policy[0].idle_timeout == 1800
    error_message = "an idle cluster ends"
  }
}
