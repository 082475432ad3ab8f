# Executors take one address each: two /18 hold some 32,000. They have no public address; the web is reached through NAT,
# S3 through the gateway endpoint, which costs nothing: with NAT the crawl alone would cost as much as all computing.

resource "aws_vpc" "corpus" {
  cidr_block           = "10.64.0.0/16"
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = local.name, for-use-with-amazon-emr-managed-policies = "true" }
}

# What a VPC has by default lets everything pass; here it lets nothing.
resource "aws_default_security_group" "corpus" {
  vpc_id = aws_vpc.corpus.id
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.corpus.id
  cidr_block        = cidrsubnet(aws_vpc.corpus.cidr_block, 2, count.index)
  availability_zone = local.zones[count.index]
  tags              = { Name = "${local.name}-private-${count.index}", for-use-with-amazon-emr-managed-policies = "true" }
}

resource "aws_subnet" "nat" {
  vpc_id            = aws_vpc.corpus.id
  cidr_block        = cidrsubnet(aws_vpc.corpus.cidr_block, 8, 255)
  availability_zone = local.zones[0]
  tags              = { Name = "${local.name}-nat" }
}

resource "aws_internet_gateway" "corpus" {
  vpc_id = aws_vpc.corpus.id
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.corpus]
}

resource "aws_nat_gateway" "corpus" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.nat.id
}

resource "aws_route_table" "nat" {
  vpc_id = aws_vpc.corpus.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.corpus.id
  }
}

resource "aws_route_table_association" "nat" {
  subnet_id      = aws_subnet.nat.id
  route_table_id = aws_route_table.nat.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.corpus.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.corpus.id
  }
}

resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.corpus.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
}

# Pages name the addresses that executors go to: web ports out, nothing in. The fetcher itself refuses private addresses.
resource "aws_security_group" "workers" {
  name        = "${local.name}-workers"
  description = "EMR Serverless workers: web ports out, nothing in"
  vpc_id      = aws_vpc.corpus.id
}

resource "aws_vpc_security_group_egress_rule" "workers" {
  for_each          = { http = 80, https = 443 }
  security_group_id = aws_security_group.workers.id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
