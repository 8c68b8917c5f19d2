namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Where a client's tokens come from, and when it wants another: <c>sasl.oauthbearer.*</c> and <c>sasl.login.*</c>. Immutable.
/// </summary>
public sealed record TokenEndpointSettings
{
    /// <summary><c>sasl.oauthbearer.token.endpoint.url</c>.</summary>
    public string? Url { get; init; }

    /// <summary>The value of <see cref="OAuthValidators.AllowedUrlsProperty"/>; null where it is not set.</summary>
    public string? AllowedUrls { get; init; }

    /// <summary><c>sasl.oauthbearer.sub.claim.name</c>.</summary>
    public string PrincipalClaim { get; init; } = "sub";

    /// <summary><c>sasl.oauthbearer.scope.claim.name</c>.</summary>
    public string ScopeClaim { get; init; } = "scope";

    /// <summary><c>sasl.oauthbearer.header.urlencode</c>.</summary>
    public bool UrlEncodesCredentials { get; init; }

    /// <summary><c>sasl.login.connect.timeout.ms</c>; Java waits without end where it is not set.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary><c>sasl.login.read.timeout.ms</c>; Java waits without end where it is not set.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary><c>sasl.login.retry.backoff.ms</c>.</summary>
    public long RetryBackoffMs { get; init; } = 100;

    /// <summary><c>sasl.login.retry.backoff.max.ms</c>.</summary>
    public long RetryBackoffMaxMs { get; init; } = 10_000;

    /// <summary><c>sasl.login.refresh.window.factor</c>: the share of a token's life after which there is to be another.</summary>
    public double RefreshWindowFactor { get; init; } = 0.8;

    /// <summary><c>sasl.login.refresh.window.jitter</c>.</summary>
    public double RefreshWindowJitter { get; init; } = 0.05;

    /// <summary><c>sasl.login.refresh.min.period.seconds</c>.</summary>
    public int RefreshMinPeriodSeconds { get; init; } = 60;

    /// <summary><c>sasl.login.refresh.buffer.seconds</c>: how long before its end a token is replaced at the latest.</summary>
    public int RefreshBufferSeconds { get; init; } = 300;

    /// <summary>When a token is to be replaced, as Kafka reckons it.</summary>
    /// <param name="nowMs">When it was got.</param>
    /// <param name="startsAtMs">When its life began, as it says.</param>
    /// <param name="expiresAtMs">When it ends.</param>
    /// <param name="chance">From 0 to 1.</param>
    internal long RefreshAtMs(long nowMs, long startsAtMs, long expiresAtMs, double chance)
    {
        var share = RefreshWindowFactor + (RefreshWindowJitter * chance);
        var (minPeriodMs, bufferMs) = (RefreshMinPeriodSeconds * 1000L, RefreshBufferSeconds * 1000L);
        if (minPeriodMs + bufferMs > expiresAtMs - nowMs)
        {
            // Its life is too short for both.
            return nowMs + (long)((expiresAtMs - nowMs) * share);
        }

        var refreshMs = startsAtMs + (long)((expiresAtMs - startsAtMs) * share);
        return Math.Max(Math.Min(refreshMs, expiresAtMs - bufferMs), nowMs + minPeriodMs);
    }
}
