using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Tokens;

/// <summary>The options of <c>kafka-delegation-tokens.sh</c>, and what they forbid each other. Made for a single run.</summary>
internal sealed class TokenOptions
{
    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _create;
    private readonly OptionSpec _describe;
    private readonly OptionSpec _expire;
    private readonly OptionSpec _expiryTimePeriod;
    private readonly OptionSpec _hmac;
    private readonly OptionSpec _maxLifeTimePeriod;
    private readonly OptionSpec _ownerPrincipal;
    private readonly OptionSpec _renew;
    private readonly OptionSpec _renewTimePeriod;
    private readonly OptionSpec _renewerPrincipal;
    private ParsedOptions _options = null!;

    public TokenOptions()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: server(s) to use for bootstrapping.");
        _commandConfig = _parser.Value(
            "command-config",
            "REQUIRED: A property file containing configs to be passed to Admin Client. Token management operations are allowed in secure "
            + "mode only. This config file is used to pass security related configs.");
        _create = _parser.Flag(
            "create", "Create a new delegation token. Use --renewer-principal option to pass renewer principals.");
        _renew = _parser.Flag("renew", "Renew delegation token. Use --renew-time-period option to set renew time period.");
        _expire = _parser.Flag("expire", "Expire delegation token. Use --expiry-time-period option to expire the token.");
        _describe = _parser.Flag(
            "describe",
            "Describe delegation tokens for the given principals. Use --owner-principal to pass owner/renewer principals. If "
            + "--owner-principal option is not supplied, all the user-owned tokens and tokens where the user has Describe permissions will "
            + "be returned.");
        _ownerPrincipal = _parser.OptionalValue(
            "owner-principal", "owner is a Kafka principal. They should be in principalType:name format.");
        _renewerPrincipal = _parser.OptionalValue(
            "renewer-principal", "renewer is a Kafka principal. They should be in principalType:name format.");
        _maxLifeTimePeriod = _parser.OptionalValue(
            "max-life-time-period",
            "Max life period for the token in milliseconds. If the value is -1, then token max life time will default to the server side "
            + "config value of (delegation.token.max.lifetime.ms).",
            type: "Long");
        _renewTimePeriod = _parser.OptionalValue(
            "renew-time-period",
            "Renew time period in milliseconds. If the value is -1, then the renew time period will default to the server side config value "
            + "of (delegation.token.expiry.time.ms).",
            type: "Long");
        _expiryTimePeriod = _parser.OptionalValue(
            "expiry-time-period",
            "Expiry time period in milliseconds. If the value is -1, then the token will get invalidated immediately.",
            type: "Long");
        _hmac = _parser.OptionalValue("hmac", "HMAC of the delegation token");
    }

    public string BootstrapServer => _options.Text(_bootstrapServer);

    public string CommandConfig => _options.Text(_commandConfig);

    public bool IsCreate => _options.Has(_create);

    public bool IsRenew => _options.Has(_renew);

    public bool IsExpire => _options.Has(_expire);

    public string Hmac => _options.Text(_hmac);

    public long MaxLifeTimePeriodMs => _options.Int64(_maxLifeTimePeriod);

    public long RenewTimePeriodMs => _options.Int64(_renewTimePeriod);

    public long ExpiryTimePeriodMs => _options.Int64(_expiryTimePeriod);

    public IReadOnlyList<string> Renewers => Principals(_renewerPrincipal) ?? [];

    /// <summary>Null where the option was not given.</summary>
    public IReadOnlyList<string>? Owners => Principals(_ownerPrincipal);

    /// <exception cref="UsageException">The options do not go together.</exception>
    public void Parse(IReadOnlyList<string> args)
    {
        _options = _parser.Parse(args, "This tool helps to create, renew, expire, or describe delegation tokens.");
        if (new[] { _create, _renew, _expire, _describe }.Count(_options.Has) != 1)
        {
            throw _parser.Usage("Command must include exactly one action: --create, --renew, --expire or --describe");
        }

        _options.Require(_bootstrapServer, _commandConfig);
        RequireFor(_create, _maxLifeTimePeriod);
        RequireFor(_renew, _hmac, _renewTimePeriod);
        RequireFor(_expire, _hmac, _expiryTimePeriod);
        _options.Forbid(_create, _hmac, _renewTimePeriod, _expiryTimePeriod);
        _options.Forbid(_renew, _renewerPrincipal, _maxLifeTimePeriod, _expiryTimePeriod, _ownerPrincipal);
        _options.Forbid(_expire, _renewerPrincipal, _maxLifeTimePeriod, _renewTimePeriod, _ownerPrincipal);
        _options.Forbid(_describe, _renewerPrincipal, _maxLifeTimePeriod, _hmac, _renewTimePeriod, _expiryTimePeriod);
    }

    private void RequireFor(OptionSpec action, params ReadOnlySpan<OptionSpec> options)
    {
        if (_options.Has(action))
        {
            _options.Require(options);
        }
    }

    private string[]? Principals(OptionSpec option) =>
        _options.Has(option)
            ? [.. _options.Values(option).Select(principal => principal.Trim()).Select(principal =>
                principal.IndexOf(':', StringComparison.Ordinal) > 0
                    ? principal
                    : throw new ToolException($"expected a string in format principalType:principalName but got {principal}"))]
            : null;
}
