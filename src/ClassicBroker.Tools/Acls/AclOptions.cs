using ClassicBroker.Primitives.Acls;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Acls;

/// <summary>The options of <c>kafka-acls.sh</c>, what they forbid each other, and the ACLs they describe. Made for a single run.</summary>
internal sealed class AclOptions
{
    /// <summary>What each type of resource can be allowed, in the order of Kafka's message.</summary>
    private static readonly SortedDictionary<AclResourceType, AclOperation[]> Supported = new()
    {
        [AclResourceType.Topic] =
        [
            AclOperation.Read, AclOperation.All, AclOperation.AlterConfigs, AclOperation.DescribeConfigs, AclOperation.Delete,
            AclOperation.Write, AclOperation.Alter, AclOperation.Create, AclOperation.Describe,
        ],
        [AclResourceType.Group] = [AclOperation.Delete, AclOperation.Describe, AclOperation.Read, AclOperation.All],
        [AclResourceType.Cluster] =
        [
            AclOperation.ClusterAction, AclOperation.All, AclOperation.AlterConfigs, AclOperation.IdempotentWrite,
            AclOperation.DescribeConfigs, AclOperation.Alter, AclOperation.Create, AclOperation.Describe,
        ],
        [AclResourceType.TransactionalId] = [AclOperation.Describe, AclOperation.Write, AclOperation.All],
        [AclResourceType.DelegationToken] = [AclOperation.Describe, AclOperation.All],
        [AclResourceType.User] = [AclOperation.CreateTokens, AclOperation.DescribeTokens, AclOperation.All],
    };

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _authorizer;
    private readonly OptionSpec _authorizerProperties;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _cluster;
    private readonly OptionSpec _group;
    private readonly OptionSpec _transactionalId;
    private readonly OptionSpec _idempotent;
    private readonly OptionSpec _delegationToken;
    private readonly OptionSpec _userPrincipal;
    private readonly OptionSpec _patternType;
    private readonly OptionSpec _add;
    private readonly OptionSpec _remove;
    private readonly OptionSpec _list;
    private readonly OptionSpec _operation;
    private readonly OptionSpec _allowPrincipal;
    private readonly OptionSpec _denyPrincipal;
    private readonly OptionSpec _principal;
    private readonly OptionSpec _allowHost;
    private readonly OptionSpec _denyHost;
    private readonly OptionSpec _producer;
    private readonly OptionSpec _consumer;
    private readonly OptionSpec _force;
    private readonly OptionSpec _zkTlsConfig;
    private ParsedOptions _options = null!;

    public AclOptions()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", AclOptionTexts.BootstrapServer, "server to connect to");
        _commandConfig = _parser.OptionalValue("command-config", AclOptionTexts.CommandConfig, "command-config");
        _authorizer = _parser.Value("authorizer", AclOptionTexts.Authorizer, "authorizer");
        _authorizerProperties = _parser.Value("authorizer-properties", AclOptionTexts.AuthorizerProperties, "authorizer-properties");
        _topic = _parser.Value("topic", AclOptionTexts.Topic, "topic");
        _cluster = _parser.Flag("cluster", AclOptionTexts.Cluster);
        _group = _parser.Value("group", AclOptionTexts.Group, "group");
        _transactionalId = _parser.Value("transactional-id", AclOptionTexts.TransactionalId, "transactional-id");
        _idempotent = _parser.Flag("idempotent", AclOptionTexts.Idempotent);
        _delegationToken = _parser.Value("delegation-token", AclOptionTexts.DelegationToken, "delegation-token");
        _userPrincipal = _parser.Value("user-principal", AclOptionTexts.UserPrincipal, "user-principal");
        _patternType = _parser.Value(
            "resource-pattern-type", AclOptionTexts.ResourcePatternType, @default: "LITERAL", type: "ANY|MATCH|LITERAL|PREFIXED");
        _add = _parser.Flag("add", AclOptionTexts.Add);
        _remove = _parser.Flag("remove", AclOptionTexts.Remove);
        _list = _parser.Flag("list", AclOptionTexts.List);
        _operation = _parser.Value("operation", AclOptionTexts.Operation, @default: "All");
        _allowPrincipal = _parser.Value("allow-principal", AclOptionTexts.AllowPrincipal, "allow-principal");
        _denyPrincipal = _parser.Value("deny-principal", AclOptionTexts.DenyPrincipal, "deny-principal");
        _principal = _parser.OptionalValue("principal", AclOptionTexts.Principal, "principal");
        _allowHost = _parser.Value("allow-host", AclOptionTexts.AllowHost, "allow-host");
        _denyHost = _parser.Value("deny-host", AclOptionTexts.DenyHost, "deny-host");
        _producer = _parser.Flag("producer", AclOptionTexts.Producer);
        _consumer = _parser.Flag("consumer", AclOptionTexts.Consumer);
        _force = _parser.Flag("force", AclOptionTexts.Force);
        _zkTlsConfig = _parser.Value("zk-tls-config-file", AclOptionTexts.ZkTlsConfigFile, "Authorizer ZooKeeper TLS configuration");
    }

    public bool IsAdd => _options.Has(_add);

    public bool IsRemove => _options.Has(_remove);

    public bool IsForced => _options.Has(_force);

    /// <summary>Null where ACLs are handled in ZooKeeper itself.</summary>
    public string? BootstrapServer => _options.Value(_bootstrapServer);

    public string? CommandConfig => _options.Value(_commandConfig);

    public string? ZkTlsConfigFile => _options.Value(_zkTlsConfig);

    public string? Authorizer => _options.Value(_authorizer);

    public IReadOnlyDictionary<string, string> AuthorizerProperties =>
        _options.Pairs(_authorizerProperties).ToDictionary(StringComparer.Ordinal);

    public IReadOnlyList<string> Principals => [.. _options.Values(_principal).Select(Checked)];

    /// <exception cref="UsageException">The options do not go together.</exception>
    public void Parse(IReadOnlyList<string> args, TextWriter error)
    {
        _options = _parser.Parse(args, "This tool helps to manage acls on kafka.");
        RequireOneWay(error);
        if (new[] { _add, _remove, _list }.Count(_options.Has) != 1)
        {
            throw _parser.Usage("Command must include exactly one action: --list, --add, --remove. ");
        }

        _options.Forbid(_list, _producer, _consumer, _allowHost, _allowPrincipal, _denyHost, _denyPrincipal);
        _options.Forbid(_producer, _operation, _denyPrincipal, _denyHost);
        _options.Forbid(_consumer, _operation, _denyPrincipal, _denyHost);
        if (_options.Has(_producer) && !_options.Has(_topic))
        {
            throw _parser.Usage("With --producer you must specify a --topic");
        }

        if (_options.Has(_idempotent) && !_options.Has(_producer))
        {
            throw _parser.Usage("The --idempotent option is only available if --producer is set");
        }

        if (_options.Has(_consumer) && (!_options.Has(_topic) || !_options.Has(_group)
            || (!_options.Has(_producer) && (_options.Has(_cluster) || _options.Has(_transactionalId)))))
        {
            throw _parser.Usage(
                "With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.");
        }
    }

    /// <summary>The resources or filters that are named.</summary>
    /// <exception cref="UsageException">None is, and <paramref name="required"/> asks for one.</exception>
    public List<AclResource> Resources(bool required)
    {
        var pattern = Pattern;
        var resources = new List<AclResource>();
        Add(AclResourceType.Topic, _topic);
        if (pattern == AclPatternType.Literal && (_options.Has(_cluster) || _options.Has(_idempotent)))
        {
            resources.Add(new(AclResourceType.Cluster, AclResource.ClusterName, AclPatternType.Literal));
        }

        Add(AclResourceType.Group, _group);
        Add(AclResourceType.TransactionalId, _transactionalId);
        Add(AclResourceType.DelegationToken, _delegationToken);
        Add(AclResourceType.User, _userPrincipal);
        return resources.Count > 0 || !required
            ? resources
            : throw _parser.Usage(
                "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token "
                + "<Delegation Token ID>");

        void Add(AclResourceType type, OptionSpec option) =>
            resources.AddRange(_options.Values(option).Select(name => new AclResource(type, name.Trim(), pattern)));
    }

    /// <summary>What is to be added to, or removed from, each resource; a removal without principals is of the whole list.</summary>
    public List<(AclResource Resource, IReadOnlyList<AclEntry> Entries)> Acls()
    {
        if (IsAdd && Pattern is not (AclPatternType.Literal or AclPatternType.Prefixed))
        {
            throw _parser.Usage(
                $"A '--resource-pattern-type' value of '{Pattern.ToString().ToUpperInvariant()}' is not valid when adding acls.");
        }

        var acls = new OrderedDictionary<AclResource, SortedSet<AclEntry>>();
        foreach (var resource in Resources(required: true))
        {
            foreach (var operations in OperationsOn(resource.Type))
            {
                if (!acls.TryGetValue(resource, out var entries))
                {
                    acls.Add(resource, entries = new(AclEntry.Order));
                }

                entries.UnionWith(Entries(operations));
            }
        }

        RequireSupported(acls);
        return IsAdd && acls.Values.Any(entries => entries.Count == 0)
            ? throw _parser.Usage("You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.")
            : [.. acls.Select(list => (list.Key, (IReadOnlyList<AclEntry>)[.. list.Value]))];
    }

    private AclPatternType Pattern =>
        Enum.TryParse<AclPatternType>(_options.Value(_patternType) ?? "LITERAL", ignoreCase: true, out var pattern)
        && pattern != AclPatternType.Unknown
            ? pattern
            : throw _parser.Usage($"Cannot parse argument '{_options.Value(_patternType)}' of option resource-pattern-type");

    private void RequireOneWay(TextWriter error)
    {
        if (_options.Has(_bootstrapServer) && _options.Has(_authorizer))
        {
            throw _parser.Usage("Only one of --bootstrap-server or --authorizer must be specified");
        }

        if (_options.Has(_bootstrapServer))
        {
            if (_options.Has(_authorizerProperties))
            {
                throw _parser.Usage("The --authorizer-properties option can only be used with --authorizer option");
            }

            return;
        }

        if (_options.Has(_authorizer) || _options.Has(_authorizerProperties))
        {
            error.WriteLine(AclOptionTexts.DirectlyDeprecated);
        }

        _options.Require(_authorizerProperties);
        if (_options.Has(_commandConfig))
        {
            throw _parser.Usage("The --command-config option can only be used with --bootstrap-server option");
        }
    }

    /// <summary>What producers and consumers need, or what is named.</summary>
    private IEnumerable<AclOperation[]> OperationsOn(AclResourceType type)
    {
        if (!_options.Has(_producer) && !_options.Has(_consumer))
        {
            yield return _options.Has(_operation)
                ? [.. _options.Values(_operation).Select(name => AclNames.Operation(name.Trim()) ?? AclOperation.Unknown)]
                : [AclOperation.All];
            yield break;
        }

        if (_options.Has(_producer) && type == AclResourceType.Topic)
        {
            yield return [AclOperation.Describe, AclOperation.Create, AclOperation.Write];
        }

        if (_options.Has(_producer) && type == AclResourceType.TransactionalId)
        {
            yield return [AclOperation.Describe, AclOperation.Write];
        }

        if (_options.Has(_idempotent) && type == AclResourceType.Cluster)
        {
            yield return [AclOperation.IdempotentWrite];
        }

        if (_options.Has(_consumer) && type == AclResourceType.Topic)
        {
            yield return [AclOperation.Describe, AclOperation.Read];
        }

        if (_options.Has(_consumer) && type == AclResourceType.Group)
        {
            yield return [AclOperation.Read];
        }
    }

    private IEnumerable<AclEntry> Entries(AclOperation[] operations) =>
    [
        .. Entries(_allowPrincipal, _allowHost, AclPermission.Allow, operations),
        .. Entries(_denyPrincipal, _denyHost, AclPermission.Deny, operations),
    ];

    private IEnumerable<AclEntry> Entries(OptionSpec principals, OptionSpec hosts, AclPermission permission, AclOperation[] operations) =>
        from principal in _options.Values(principals).Select(Checked)
        from host in _options.Has(hosts) ? _options.Values(hosts).Select(host => host.Trim()) : [AclEntry.WildcardHost]
        from operation in operations
        select new AclEntry(principal, permission, host, operation);

    private void RequireSupported(OrderedDictionary<AclResource, SortedSet<AclEntry>> acls)
    {
        foreach (var (resource, entries) in acls)
        {
            var supported = Supported[resource.Type];
            if (entries.Any(entry => !supported.Contains(entry.Operation)))
            {
                throw _parser.Usage(
                    $"ResourceType {AclNames.Upper(resource.Type)} only supports operations {string.Join(", ", supported)}");
            }
        }
    }

    private static string Checked(string principal)
    {
        var trimmed = principal.Trim();
        return trimmed.IndexOf(':', StringComparison.Ordinal) > 0
            ? trimmed
            : throw new JavaFailure(
                "java.lang.IllegalArgumentException",
                $"expected a string in format principalType:principalName but got {trimmed}");
    }
}
