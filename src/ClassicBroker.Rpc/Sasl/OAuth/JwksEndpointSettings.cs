using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Where a JWKS is asked for, and when. Two that are equal can share an endpoint. Immutable.</summary>
public sealed record JwksEndpointSettings
{
    /// <summary><c>sasl.oauthbearer.jwks.endpoint.url</c>.</summary>
    public required HttpAddress Address { get; init; }

    /// <summary>The options <c>ssl.*</c> of the login module, a line each.</summary>
    public string TlsOptions { get; init; } = "";

    /// <summary><c>sasl.oauthbearer.jwks.endpoint.refresh.ms</c>.</summary>
    public long RefreshMs { get; init; } = 3_600_000;

    /// <summary><c>sasl.oauthbearer.jwks.endpoint.retry.backoff.ms</c>.</summary>
    public long RetryBackoffMs { get; init; } = 100;

    /// <summary><c>sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms</c>.</summary>
    public long RetryBackoffMaxMs { get; init; } = 10_000;

    /// <summary>The address alone: the rest may hold passwords.</summary>
    public override string ToString() => Address.Url;
}
