using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>What a listener asks of signed tokens, <c>sasl.oauthbearer.*</c>. Immutable.</summary>
public sealed record OAuthSettings
{
    /// <summary><c>sasl.oauthbearer.jwks.endpoint.url</c>.</summary>
    public string? JwksUrl { get; init; }

    /// <summary>The value of <see cref="OAuthValidators.AllowedUrlsProperty"/>; null where it is not set.</summary>
    public string? AllowedUrls { get; init; }

    /// <summary><c>sasl.oauthbearer.expected.issuer</c>.</summary>
    public string? Issuer { get; init; }

    /// <summary><c>sasl.oauthbearer.expected.audience</c>.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary><c>sasl.oauthbearer.sub.claim.name</c>.</summary>
    public required string PrincipalClaim { get; init; }

    /// <summary><c>sasl.oauthbearer.scope.claim.name</c>.</summary>
    public required string ScopeClaim { get; init; }

    /// <summary><c>sasl.oauthbearer.clock.skew.seconds</c>.</summary>
    public required TimeSpan ClockSkew { get; init; }

    /// <summary><c>sasl.oauthbearer.jwks.endpoint.refresh.ms</c>.</summary>
    public required long RefreshMs { get; init; }

    /// <summary><c>sasl.oauthbearer.jwks.endpoint.retry.backoff.ms</c>.</summary>
    public required long RetryBackoffMs { get; init; }

    /// <summary><c>sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms</c>.</summary>
    public required long RetryBackoffMaxMs { get; init; }

    internal JwksEndpointSettings Endpoint(HttpAddress address) => new()
    {
        Address = address,
        RefreshMs = RefreshMs,
        RetryBackoffMs = RetryBackoffMs,
        RetryBackoffMaxMs = RetryBackoffMaxMs,
    };
}
