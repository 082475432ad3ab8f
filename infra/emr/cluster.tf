# The cluster for the two stages that embed: one on-demand primary with the driver beside it, one on-demand core node
# for HDFS, and task nodes with one GPU to four cores on spot, of several types so that one of them is to be had.

data "aws_iam_policy_document" "cluster_trust" {
  for_each = toset(["elasticmapreduce", "ec2"])
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "service" {
  count              = var.gpu_cluster ? 1 : 0
  name               = "${local.name}-emr"
  assume_role_policy = data.aws_iam_policy_document.cluster_trust["elasticmapreduce"].json
}

# Amazon's own policy for the service: what it needs on EC2, and only on what is tagged for it.
resource "aws_iam_role_policy_attachment" "service" {
  count      = var.gpu_cluster ? 1 : 0
  role       = aws_iam_role.service[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"
}

data "aws_iam_policy_document" "pass_nodes" {
  count = var.gpu_cluster ? 1 : 0
  statement {
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.nodes[0].arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "pass_nodes" {
  count  = var.gpu_cluster ? 1 : 0
  name   = "pass-nodes"
  role   = aws_iam_role.service[0].id
  policy = data.aws_iam_policy_document.pass_nodes[0].json
}

resource "aws_iam_role" "nodes" {
  count              = var.gpu_cluster ? 1 : 0
  name               = "${local.name}-nodes"
  assume_role_policy = data.aws_iam_policy_document.cluster_trust["ec2"].json
}

resource "aws_iam_role_policy" "nodes" {
  count  = var.gpu_cluster ? 1 : 0
  name   = "build"
  role   = aws_iam_role.nodes[0].id
  policy = data.aws_iam_policy_document.build.json
}

resource "aws_iam_instance_profile" "nodes" {
  count = var.gpu_cluster ? 1 : 0
  name  = "${local.name}-nodes"
  role  = aws_iam_role.nodes[0].name
}

# EMR adds the rules that its nodes need among themselves. Pictures come from the web, so metadata answers to tokens
# alone, and not across a hop: no request that a task is led to make can read the credentials of its node.
resource "aws_security_group" "nodes" {
  for_each               = var.gpu_cluster ? toset(["primary", "core", "service"]) : toset([])
  name                   = "${local.name}-${each.key}"
  description            = "EMR ${each.key}: rules are EMR's own"
  vpc_id                 = aws_vpc.corpus.id
  revoke_rules_on_delete = true
  tags                   = { for-use-with-amazon-emr-managed-policies = "true" }
}

resource "aws_vpc_security_group_egress_rule" "nodes" {
  for_each          = var.gpu_cluster ? toset(["primary", "core"]) : toset([])
  security_group_id = aws_security_group.nodes[each.key].id
  description       = "S3 and EMR"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_emr_security_configuration" "corpus" {
  count = var.gpu_cluster ? 1 : 0
  name  = local.name
  configuration = jsonencode({
    EncryptionConfiguration = {
      EnableInTransitEncryption = false
      EnableAtRestEncryption    = true
      AtRestEncryptionConfiguration = {
        S3EncryptionConfiguration = { EncryptionMode = "SSE-S3" }
      }
    }
    InstanceMetadataServiceConfiguration = {
      MinimumInstanceMetadataServiceVersion = 2
      HttpPutResponseHopLimit               = 1
    }
  })
}

resource "aws_emr_cluster" "gpu" {
  count                  = var.gpu_cluster ? 1 : 0
  name                   = "${local.name}-gpu"
  release_label          = var.release_label
  applications           = ["Spark"]
  service_role           = aws_iam_role.service[0].arn
  security_configuration = aws_emr_security_configuration.corpus[0].name
  log_uri                = "s3://${aws_s3_bucket.corpus.bucket}/logs/emr/"

  # An idle cluster costs as much as a busy one.
  auto_termination_policy {
    idle_timeout = 1800
  }

  ec2_attributes {
    subnet_ids                        = aws_subnet.private[*].id
    instance_profile                  = aws_iam_instance_profile.nodes[0].arn
    emr_managed_master_security_group = aws_security_group.nodes["primary"].id
    emr_managed_slave_security_group  = aws_security_group.nodes["core"].id
    service_access_security_group     = aws_security_group.nodes["service"].id
  }

  master_instance_fleet {
    target_on_demand_capacity = 1
    instance_type_configs {
      instance_type = "m6i.2xlarge"
    }
  }

  core_instance_fleet {
    target_on_demand_capacity = 1
    instance_type_configs {
      instance_type = "m6i.2xlarge"
    }
  }

  # YARN counts GPUs only when told to.
  configurations_json = jsonencode([
    { Classification = "spark", Properties = { maximizeResourceAllocation = "false" } },
    {
      Classification = "yarn-site"
      Properties = {
        "yarn.nodemanager.resource-plugins"                                   = "yarn.io/gpu"
        "yarn.resource-types"                                                 = "yarn.io/gpu"
        "yarn.nodemanager.resource-plugins.gpu.allowed-gpu-devices"           = "auto"
        "yarn.nodemanager.resource-plugins.gpu.path-to-discovery-executables" = "/usr/bin"
        "yarn.nodemanager.linux-container-executor.cgroups.mount"             = "true"
        "yarn.nodemanager.linux-container-executor.cgroups.mount-path"        = "/spark-rapids-cgroup"
        "yarn.nodemanager.linux-container-executor.cgroups.hierarchy"         = "yarn"
        "yarn.nodemanager.container-executor.class"                           = "org.apache.hadoop.yarn.server.nodemanager.LinuxContainerExecutor"
      }
    },
    {
      Classification = "container-executor"
      Properties     = {}
      Configurations = [
        { Classification = "gpu", Properties = { "module.enabled" = "true" } },
      ]
    },
    {
      Classification = "capacity-scheduler"
      Properties = {
        "yarn.scheduler.capacity.resource-calculator" = "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator"
      }
    },
    {
      Classification = "spark-defaults"
      Properties     = { "spark.executor.resource.gpu.discoveryScript" = "/usr/lib/spark/scripts/gpu/getGpusResources.sh" }
    },
  ])

  tags = { for-use-with-amazon-emr-managed-policies = "true" }
}

resource "aws_emr_instance_fleet" "gpu" {
  count                = var.gpu_cluster ? 1 : 0
  cluster_id           = aws_emr_cluster.gpu[0].id
  name                 = "gpu"
  target_spot_capacity = var.gpu_nodes

  dynamic "instance_type_configs" {
    for_each = ["g6.xlarge", "g5.xlarge", "g4dn.xlarge"]
    content {
      instance_type                              = instance_type_configs.value
      weighted_capacity                          = 1
      bid_price_as_percentage_of_on_demand_price = 100
    }
  }

  launch_specifications {
    spot_specification {
      allocation_strategy      = "price-capacity-optimized"
      timeout_action           = "TERMINATE_CLUSTER"
      timeout_duration_minutes = 30
    }
  }
}
