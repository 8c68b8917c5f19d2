namespace ClassicBroker.Tools.Acls;

/// <summary>What the help of <c>kafka-acls.sh</c> says of each option. Immutable.</summary>
internal static class AclOptionTexts
{
    public const string DirectlyDeprecated =
        "Warning: support for ACL configuration directly through the authorizer is deprecated and will be removed in a future release. "
        + "Please use --bootstrap-server instead to set ACLs through the admin client.";

    public const string BootstrapServer =
        "A list of host/port pairs to use for establishing the connection to the Kafka cluster. This list should be in the form "
        + "host1:port1,host2:port2,... This config is required for acl management using admin client API.";

    public const string CommandConfig = "A property file containing configs to be passed to Admin Client.";

    public const string Authorizer =
        "DEPRECATED: Fully qualified class name of the authorizer, which defaults to kafka.security.authorizer.AclAuthorizer if "
        + "--bootstrap-server is not provided. " + DirectlyDeprecated;

    public const string AuthorizerProperties =
        "DEPRECATED: The properties required to configure an instance of the Authorizer specified by --authorizer. These are key=val "
        + "pairs. For the default authorizer, example values are: zookeeper.connect=localhost:2181. " + DirectlyDeprecated;

    public const string Topic =
        "topic to which ACLs should be added or removed. A value of '*' indicates ACL should apply to all topics.";

    public const string Cluster = "Add/Remove cluster ACLs.";

    public const string Group =
        "Consumer Group to which the ACLs should be added or removed. A value of '*' indicates the ACLs should apply to all groups.";

    public const string TransactionalId =
        "The transactionalId to which ACLs should be added or removed. A value of '*' indicates the ACLs should apply to all "
        + "transactionalIds.";

    public const string Idempotent =
        "Enable idempotence for the producer. This should be used in combination with the --producer option. Note that idempotence is "
        + "enabled automatically if the producer is authorized to a particular transactional-id.";

    public const string DelegationToken =
        "Delegation token to which ACLs should be added or removed. A value of '*' indicates ACL should apply to all tokens.";

    public const string UserPrincipal =
        "Specifies a user principal as a resource in relation with the operation. For instance one could grant CreateTokens or "
        + "DescribeTokens permission on a given user principal.";

    public const string ResourcePatternType =
        "The type of the resource pattern or pattern filter. When adding acls, this should be a specific pattern type, e.g. 'literal' "
        + "or 'prefixed'. When listing or removing acls, a specific pattern type can be used to list or remove acls from specific "
        + "resource patterns, or use the filter values of 'any' or 'match', where 'any' will match any pattern type, but will match "
        + "the resource name exactly, where as 'match' will perform pattern matching to list or remove all acls that affect the "
        + "supplied resource(s). WARNING: 'match', when used in combination with the '--remove' switch, should be used with care.";

    public const string Add = "Indicates you are trying to add ACLs.";

    public const string Remove = "Indicates you are trying to remove ACLs.";

    public const string List =
        "List ACLs for the specified resource, use --topic <topic> or --group <group> or --cluster to specify a resource.";

    /// <summary>The operations stand in the order of the hash set that Kafka prints.</summary>
    public const string Operation =
        "Operation that is being allowed or denied. Valid operation names are: \n"
        + "\tCreateTokens\n\tCreate\n\tDescribe\n\tDescribeTokens\n\tAlterConfigs\n\tWrite\n\tAlter\n\tIdempotentWrite\n\tDelete\n"
        + "\tClusterAction\n\tRead\n\tAll\n\tDescribeConfigs\n";

    public const string AllowPrincipal =
        "principal is in principalType:name format. Note that principalType must be supported by the Authorizer being used. For "
        + "example, User:'*' is the wild card indicating all users.";

    public const string DenyPrincipal =
        "principal is in principalType:name format. By default anyone not added through --allow-principal is denied access. You only "
        + "need to use this option as negation to already allowed set. Note that principalType must be supported by the Authorizer "
        + "being used. For example if you wanted to allow access to all users in the system but not test-user you can define an ACL "
        + "that allows access to User:'*' and specify --deny-principal=User:test@EXAMPLE.COM. AND PLEASE REMEMBER DENY RULES TAKES "
        + "PRECEDENCE OVER ALLOW RULES.";

    public const string Principal =
        "List ACLs for the specified principal. principal is in principalType:name format. Note that principalType must be supported "
        + "by the Authorizer being used. Multiple --principal option can be passed.";

    public const string AllowHost =
        "Host from which principals listed in --allow-principal will have access. If you have specified --allow-principal then the "
        + "default for this option will be set to '*' which allows access from all hosts.";

    public const string DenyHost =
        "Host from which principals listed in --deny-principal will be denied access. If you have specified --deny-principal then the "
        + "default for this option will be set to '*' which denies access from all hosts.";

    public const string Producer =
        "Convenience option to add/remove ACLs for producer role. This will generate ACLs that allows WRITE,DESCRIBE and CREATE on "
        + "topic.";

    public const string Consumer =
        "Convenience option to add/remove ACLs for consumer role. This will generate ACLs that allows READ,DESCRIBE on topic and READ "
        + "on group.";

    public const string Force = "Assume Yes to all queries and do not prompt.";

    public const string ZkTlsConfigFile =
        "DEPRECATED: Identifies the file where ZooKeeper client TLS connectivity properties are defined for the default authorizer "
        + "kafka.security.authorizer.AclAuthorizer. Any properties other than the following (with or without an \"authorizer.\" prefix) "
        + "are ignored: zookeeper.clientCnxnSocket, zookeeper.ssl.cipher.suites, zookeeper.ssl.client.enable, "
        + "zookeeper.ssl.crl.enable, zookeeper.ssl.enabled.protocols, zookeeper.ssl.endpoint.identification.algorithm, "
        + "zookeeper.ssl.keystore.location, zookeeper.ssl.keystore.password, zookeeper.ssl.keystore.type, zookeeper.ssl.ocsp.enable, "
        + "zookeeper.ssl.protocol, zookeeper.ssl.truststore.location, zookeeper.ssl.truststore.password, "
        + "zookeeper.ssl.truststore.type. Note that if SASL is not configured and zookeeper.set.acl is supposed to be true due to "
        + "mutual certificate authentication being used then it is necessary to explicitly specify --authorizer-properties "
        + "zookeeper.set.acl=true. " + DirectlyDeprecated;
}
