using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Server.Config;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security;

/// <summary>
/// OAUTHBEARER as <c>sasl.oauthbearer.*</c> ask for it, and the endpoints that keys of signed tokens come from. URLs and files are those
/// that the properties file or Java's system property names: a dynamic configuration can bring no others. Owned by
/// <see cref="BrokerSasl"/>. Threading: one caller at a time.
/// </summary>
internal sealed partial class OAuthMechanisms
{
    private const string JwksUrlKey = "sasl.oauthbearer.jwks.endpoint.url";
    private const string TokenUrlKey = "sasl.oauthbearer.token.endpoint.url";

    private readonly SaslEnvironment _environment;
    private readonly ILogger<OAuthMechanisms> _logger;
    private readonly HashSet<string> _urlsOfFile;
    private readonly string? _allowedUrls;
    private IReadOnlyList<JwksEndpoint> _running = [];
    private bool _isStarted;

    /// <param name="file">The configuration of the properties file alone.</param>
    /// <param name="environment">Files, the network, Java's system properties.</param>
    public OAuthMechanisms(KafkaConfig file, SaslEnvironment environment)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<OAuthMechanisms>();
        _allowedUrls = environment.SystemProperties.GetValueOrDefault(OAuthValidators.AllowedUrlsProperty);
        _urlsOfFile = file.Originals
            .Where(original => original.Key.EndsWith(JwksUrlKey, StringComparison.Ordinal)
                || original.Key.EndsWith(TokenUrlKey, StringComparison.Ordinal))
            .Select(original => original.Value)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>For the listeners of a configuration, of which nothing is asked before <see cref="Use"/>.</summary>
    public JwksEndpoints NewEndpoints() =>
        new(
            _running,
            (settings, options) =>
                OAuthValidators.Endpoint(settings, options, _environment.Files, _environment.Http, _environment.Loggers));

    /// <summary>Asks these endpoints from here on, and no others.</summary>
    public void Use(JwksEndpoints endpoints)
    {
        var before = _running;
        _running = endpoints.Wanted;
        if (!_isStarted)
        {
            return;
        }

        foreach (var endpoint in _running.Except(before))
        {
            endpoint.Start();
        }

        foreach (var endpoint in before.Except(_running))
        {
            endpoint.Stop();
        }
    }

    /// <summary>Has the keys of all endpoints.</summary>
    /// <exception cref="JaasException">One does not give them.</exception>
    public async Task StartAsync()
    {
        foreach (var endpoint in _running)
        {
            await endpoint.StartAsync();
        }

        _isStarted = true;
    }

    public void Stop()
    {
        foreach (var endpoint in _running)
        {
            endpoint.Stop();
        }
    }

    /// <summary>How a listener takes tokens.</summary>
    /// <exception cref="ConfigException">It cannot.</exception>
    public ISaslServerMechanism Mechanism(
        string listener, ConfigValues values, IReadOnlyDictionary<string, string> options, JwksEndpoints endpoints)
    {
        try
        {
            if (values.StringOrNull(CallbackClasses.ServerKey) is { } handler && CallbackClasses.IsSignedValidator(handler))
            {
                return OAuthValidators.Signed(
                    Settings(values), options, _environment.Files, _environment.Time, settings => endpoints.Of(settings, options));
            }

            var unsecured = OAuthValidators.Unsecured(options, _environment.Time);
            LogUnsecured(listener);
            return unsecured;
        }
        catch (JaasException refused)
        {
            throw new ConfigException(refused.Message);
        }
    }

    /// <summary>Where this broker's own tokens come from; null where its login module makes them.</summary>
    /// <exception cref="JaasException">The URL came by a request.</exception>
    public TokenEndpointSettings? TokenEndpoint(ConfigValues values)
    {
        if (values.StringOrNull(OAuthLoginHandlers.Key) is not { } handler || !OAuthLoginHandlers.IsRetrieving(handler))
        {
            return null;
        }

        var defaults = new TokenEndpointSettings();
        return new TokenEndpointSettings
        {
            Url = OfFile(values.StringOrNull(TokenUrlKey)),
            AllowedUrls = _allowedUrls,
            PrincipalClaim = values.String("sasl.oauthbearer.sub.claim.name"),
            ScopeClaim = values.String("sasl.oauthbearer.scope.claim.name"),
            ConnectTimeout = Span(values.IntOrNull("sasl.login.connect.timeout.ms"), defaults.ConnectTimeout),
            ReadTimeout = Span(values.IntOrNull("sasl.login.read.timeout.ms"), defaults.ReadTimeout),
            RetryBackoffMs = AtLeast(0, values, "sasl.login.retry.backoff.ms"),
            RetryBackoffMaxMs = AtLeast(0, values, "sasl.login.retry.backoff.max.ms"),
            RefreshWindowFactor = values.Double("sasl.login.refresh.window.factor"),
            RefreshWindowJitter = values.Double("sasl.login.refresh.window.jitter"),
            RefreshMinPeriodSeconds = values.Short("sasl.login.refresh.min.period.seconds"),
            RefreshBufferSeconds = values.Short("sasl.login.refresh.buffer.seconds"),
        };
    }

    private OAuthSettings Settings(ConfigValues values) => new()
    {
        JwksUrl = OfFile(values.StringOrNull(JwksUrlKey)),
        AllowedUrls = _allowedUrls,
        Issuer = values.StringOrNull("sasl.oauthbearer.expected.issuer"),
        Audiences = values.List("sasl.oauthbearer.expected.audience"),
        PrincipalClaim = values.String("sasl.oauthbearer.sub.claim.name"),
        ScopeClaim = values.String("sasl.oauthbearer.scope.claim.name"),
        ClockSkew = TimeSpan.FromSeconds(values.Int("sasl.oauthbearer.clock.skew.seconds")),
        RefreshMs = AtLeast(1, values, "sasl.oauthbearer.jwks.endpoint.refresh.ms"),
        RetryBackoffMs = AtLeast(0, values, "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms"),
        RetryBackoffMaxMs = AtLeast(0, values, "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms"),
    };

    private string? OfFile(string? url) =>
        url is null || _urlsOfFile.Contains(url) || _allowedUrls?.Split(',', StringSplitOptions.TrimEntries).Contains(url) == true
            ? url
            : throw new JaasException(
                $"{url} is not allowed: a URL that a request brings must be in system property '{OAuthValidators.AllowedUrlsProperty}'");

    private static long AtLeast(long least, ConfigValues values, string key) =>
        values.Long(key) is var value && value >= least
            ? value
            : throw new JaasException($"The OAuth configuration option {key} value must be at least {least}");

    private static TimeSpan Span(int? milliseconds, TimeSpan otherwise) =>
        milliseconds is > 0 ? TimeSpan.FromMilliseconds(milliseconds.Value) : otherwise;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Listener {Listener} takes OAUTHBEARER tokens without signature, which anyone can make: for development only. Set "
            + "sasl.server.callback.handler.class to OAuthBearerValidatorCallbackHandler to have them verified")]
    private partial void LogUnsecured(string listener);
}
