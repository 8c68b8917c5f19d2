using ClassicBroker.Client.Configuration;
using ClassicBroker.Rpc.Sasl.OAuth;

namespace ClassicBroker.Client;

/// <summary>
/// Where a client's tokens come from, and when it wants another: the keys <c>sasl.login.*</c> and <c>sasl.oauthbearer.*</c>, under the
/// Java clients' names and defaults. Immutable.
/// </summary>
public sealed record OAuthConfig
{
    /// <summary>
    /// <c>sasl.login.callback.handler.class</c>: Java's <c>OAuthBearerLoginCallbackHandler</c> has tokens come from
    /// <see cref="TokenEndpointUrl"/>; without it the login module makes them, and they prove nothing.
    /// </summary>
    public string? LoginCallbackHandlerClass { get; init; }

    /// <summary><c>sasl.oauthbearer.token.endpoint.url</c>: <c>https:</c>, <c>http:</c> or <c>file:</c>.</summary>
    public string? TokenEndpointUrl { get; init; }

    /// <summary>The claim that names the user, <c>sasl.oauthbearer.sub.claim.name</c>.</summary>
    public string SubClaimName { get; init; } = "sub";

    /// <summary>The claim of the scopes, <c>sasl.oauthbearer.scope.claim.name</c>.</summary>
    public string ScopeClaimName { get; init; } = "scope";

    /// <summary>Whether the client's id and secret are encoded as in URLs, <c>sasl.oauthbearer.header.urlencode</c>.</summary>
    public bool HeaderUrlencode { get; init; }

    /// <summary><c>sasl.login.connect.timeout.ms</c>.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary><c>sasl.login.read.timeout.ms</c>.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The first pause before the endpoint is asked again, <c>sasl.login.retry.backoff.ms</c>.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long it is asked again, <c>sasl.login.retry.backoff.max.ms</c>.</summary>
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The share of a token's life after which there is to be another, <c>sasl.login.refresh.window.factor</c>.</summary>
    public double RefreshWindowFactor { get; init; } = 0.8;

    /// <summary>The most that chance adds to it, <c>sasl.login.refresh.window.jitter</c>.</summary>
    public double RefreshWindowJitter { get; init; } = 0.05;

    /// <summary>The least time between two tokens, <c>sasl.login.refresh.min.period.seconds</c>.</summary>
    public int RefreshMinPeriodSeconds { get; init; } = 60;

    /// <summary>How long before its end a token is replaced at the latest, <c>sasl.login.refresh.buffer.seconds</c>.</summary>
    public int RefreshBufferSeconds { get; init; } = 300;

    internal static OAuthConfig Read(ConfigReader reader)
    {
        var defaults = new OAuthConfig();
        var handler = reader.String(OAuthLoginHandlers.Key);
        return handler is null || OAuthLoginHandlers.IsBuiltIn(handler)
            ? new OAuthConfig
            {
                LoginCallbackHandlerClass = handler,
                TokenEndpointUrl = reader.String("sasl.oauthbearer.token.endpoint.url"),
                SubClaimName = reader.String("sasl.oauthbearer.sub.claim.name", defaults.SubClaimName),
                ScopeClaimName = reader.String("sasl.oauthbearer.scope.claim.name", defaults.ScopeClaimName),
                HeaderUrlencode = reader.Boolean("sasl.oauthbearer.header.urlencode", defaults.HeaderUrlencode),
                ConnectTimeout = Timeout("sasl.login.connect.timeout.ms", defaults.ConnectTimeout),
                ReadTimeout = Timeout("sasl.login.read.timeout.ms", defaults.ReadTimeout),
                RetryBackoff = reader.Milliseconds("sasl.login.retry.backoff.ms", 100, 0, long.MaxValue),
                RetryBackoffMax = reader.Milliseconds("sasl.login.retry.backoff.max.ms", 10_000, 0, long.MaxValue),
                RefreshWindowFactor = reader.Double("sasl.login.refresh.window.factor", defaults.RefreshWindowFactor, 0.5, 1.0),
                RefreshWindowJitter = reader.Double("sasl.login.refresh.window.jitter", defaults.RefreshWindowJitter, 0.0, 0.25),
                RefreshMinPeriodSeconds = reader.Int32("sasl.login.refresh.min.period.seconds", defaults.RefreshMinPeriodSeconds, 0, 900),
                RefreshBufferSeconds = reader.Int32("sasl.login.refresh.buffer.seconds", defaults.RefreshBufferSeconds, 0, 3600),
            }
            : throw new KafkaConfigException(OAuthLoginHandlers.Key, handler, $"Class {handler} could not be found.");

        TimeSpan Timeout(string key, TimeSpan otherwise) =>
            reader.Milliseconds(key, (long)otherwise.TotalMilliseconds) is var timeout && timeout > TimeSpan.Zero ? timeout : otherwise;
    }

    /// <summary>As logins take it; null where the login module makes tokens.</summary>
    internal TokenEndpointSettings? ToSettings(string? allowedUrls) =>
        LoginCallbackHandlerClass is { } handler && OAuthLoginHandlers.IsRetrieving(handler)
            ? new TokenEndpointSettings
            {
                Url = TokenEndpointUrl,
                AllowedUrls = allowedUrls,
                PrincipalClaim = SubClaimName,
                ScopeClaim = ScopeClaimName,
                UrlEncodesCredentials = HeaderUrlencode,
                ConnectTimeout = ConnectTimeout,
                ReadTimeout = ReadTimeout,
                RetryBackoffMs = (long)RetryBackoff.TotalMilliseconds,
                RetryBackoffMaxMs = (long)RetryBackoffMax.TotalMilliseconds,
                RefreshWindowFactor = RefreshWindowFactor,
                RefreshWindowJitter = RefreshWindowJitter,
                RefreshMinPeriodSeconds = RefreshMinPeriodSeconds,
                RefreshBufferSeconds = RefreshBufferSeconds,
            }
            : null;
}
