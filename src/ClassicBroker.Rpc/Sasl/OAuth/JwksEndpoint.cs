using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// The keys that an issuer publishes at a URL, asked for again from time to time, and at once where a token names one that is not among
/// them (Kafka's RefreshingHttpsJwks). While the issuer cannot be asked the last keys stay good; before the first answer there are none,
/// and no token is believed. Threading: keys from any loop; everything else on the loop of the requester.
/// </summary>
public sealed partial class JwksEndpoint : IVerificationKeys
{
    /// <summary>A key id that was missed is not looked for again within this time.</summary>
    private const long MissedMs = 60_000;

    private const int MissedMax = 16;
    private const int KeyIdLengthMax = 1000;
    private const int OkStatus = 200;

    private readonly HttpRequester _http;
    private readonly HttpRequest _request;
    private readonly ILogger _logger;
    private readonly HttpRetry _retry;
    private readonly BackgroundWork _refreshes;
    private readonly OrderedDictionary<string, long> _missedUntilMs = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<JsonWebKey> _keys = [];
    private IScheduledWork? _next;
    private IScheduledWork? _expedited;
    private long _expeditedAtMs = long.MinValue;
    private bool _isRefreshing;
    private bool _isStopped;

    internal JwksEndpoint(JwksEndpointSettings settings, TlsContext tls, HttpRequester http, ILogger<JwksEndpoint> logger)
    {
        (Settings, _http, _logger) = (settings, http, logger);
        _request = new HttpRequest { Address = settings.Address, Tls = tls };
        _retry = new HttpRetry(http.Loop, settings.RetryBackoffMs, settings.RetryBackoffMaxMs);
        _refreshes = new BackgroundWork("jwks-refresh", http.Loop);
    }

    public JwksEndpointSettings Settings { get; }

    IReadOnlyList<JsonWebKey> IVerificationKeys.Current => _keys;

    private long NowMs => _http.Loop.Time.MonotonicMs();

    /// <summary>Asks for the keys, and asks again from here on.</summary>
    /// <exception cref="JaasException">There are none to be had.</exception>
    public Task StartAsync() => _http.Loop.InvokeAsync(async () =>
    {
        try
        {
            _keys = await _retry.RunAsync(FetchAsync);
        }
        catch (HttpException failure)
        {
            throw new JaasException(
                "The OAuth validator configuration encountered an error when initializing the VerificationKeyResolver: "
                + $"{Settings.Address.Url} gives no keys: {failure.Message}");
        }

        LogStarted(Settings.Address.Url, Settings.RefreshMs);
        ScheduleNext();
    });

    /// <summary>As <see cref="StartAsync"/>, for a broker that runs already: until the keys have come no token is believed.</summary>
    public void Start()
    {
        _refreshes.Run(RefreshAsync);
        _http.Loop.Execute(ScheduleNext);
    }

    /// <summary>Asks no more.</summary>
    public void Stop() => _http.Loop.Execute(() =>
    {
        _isStopped = true;
        _next?.Cancel();
        _expedited?.Cancel();
    });

    void IVerificationKeys.Missed(string keyId)
    {
        if (keyId.Length <= KeyIdLengthMax)
        {
            _http.Loop.Execute(() => LookFor(keyId));
        }
    }

    private void LookFor(string keyId)
    {
        var nowMs = NowMs;
        if (_isStopped || (_missedUntilMs.TryGetValue(keyId, out var untilMs) && untilMs > nowMs))
        {
            return;
        }

        _missedUntilMs.Remove(keyId);
        if (_missedUntilMs.Count == MissedMax)
        {
            _missedUntilMs.RemoveAt(0);
        }

        _missedUntilMs.Add(keyId, nowMs + MissedMs);
        if (_expedited is not null)
        {
            return;
        }

        // Tokens of strangers name whatever key they like: they do not have the issuer asked without pause.
        var waitMs = _expeditedAtMs == long.MinValue ? 0 : Math.Max(0, _expeditedAtMs + Settings.RetryBackoffMaxMs - nowMs);
        if (waitMs > 0)
        {
            _expedited = _http.Loop.Schedule(Expedite, Span(waitMs));
        }
        else
        {
            Expedite();
        }
    }

    private void Expedite()
    {
        (_expedited, _expeditedAtMs) = (null, NowMs);
        _refreshes.Run(RefreshAsync);
    }

    private void ScheduleNext()
    {
        if (!_isStopped)
        {
            _next = _http.Loop.Schedule(
                () =>
                {
                    ScheduleNext();
                    _refreshes.Run(RefreshAsync);
                },
                Span(Settings.RefreshMs));
        }
    }

    /// <summary>Timers count to 24 days.</summary>
    private static TimeSpan Span(long ms) => TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue));

    private async Task RefreshAsync()
    {
        if (_isRefreshing || _isStopped)
        {
            return;
        }

        _isRefreshing = true;
        try
        {
            var keys = await _retry.RunAsync(FetchAsync);
            _keys = keys;
            foreach (var key in keys.Where(key => key.Id is not null))
            {
                _missedUntilMs.Remove(key.Id!);
            }

            LogRefreshed(Settings.Address.Url, keys.Count);
        }
        catch (HttpException failure)
        {
            LogKept(Settings.Address.Url, failure.Message);
        }
        finally
        {
            _isRefreshing = false;
        }
    }

    private async Task<IReadOnlyList<JsonWebKey>> FetchAsync()
    {
        var answer = await _http.SendAsync(_request);
        if (answer.Status != OkStatus)
        {
            throw new HttpException($"the answer has status {answer.Status}");
        }

        try
        {
            return JwksTokenValidator.ParseKeys(answer.Body);
        }
        catch (FormatException malformed)
        {
            throw new HttpException($"the answer is no JWKS: {malformed.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Keys of {Url} are there; they are asked for again every {RefreshMs} ms")]
    private partial void LogStarted(string url, long refreshMs);

    [LoggerMessage(Level = LogLevel.Information, Message = "OAuth JWKS refresh of {Url} complete: {Count} keys")]
    private partial void LogRefreshed(string url, int count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "OAuth JWKS refresh of {Url} encountered an error; not updating local JWKS cache: {Reason}")]
    private partial void LogKept(string url, string reason);
}
