using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Keeps the token of a client and replaces it before it ends, when the next connection or re-authentication asks for one. While there is
/// no other to be had the last stays in use as long as it is good. Threading: any loop asks; tokens are got on one.
/// </summary>
internal sealed class RetrievedTokens(ITokenRetriever retriever, TokenEndpointSettings settings, IEventLoop loop, IRandomSource random)
    : IBearerTokens
{
    /// <summary>How long Kafka's clients wait after a token could not be replaced.</summary>
    private const long FailureBackoffMs = 10_000;

    private const int ChanceSteps = 1 << 20;

    private volatile BearerToken? _current;
    private Task<string>? _pending;

    public ValueTask<string> GetAsync() =>
        _current is { } token && loop.Time.UnixMs() < token.RefreshAtMs
            ? new(token.Text)
            : new(loop.InvokeAsync(() => _pending ?? Begin()));

    /// <summary>One request serves all who ask at the time.</summary>
    private Task<string> Begin()
    {
        var retrieval = RetrieveAsync();
        _pending = retrieval.IsCompleted ? null : retrieval;
        return retrieval;
    }

    private async Task<string> RetrieveAsync()
    {
        if (_current is { } good && loop.Time.UnixMs() < good.RefreshAtMs)
        {
            return good.Text;
        }

        try
        {
            var text = await retriever.RetrieveAsync();
            _current = BearerToken.Read(text, settings, loop.Time.UnixMs(), (double)random.Next(ChanceSteps) / ChanceSteps);
            return text;
        }
        catch (Exception failure) when (failure is HttpException or TokenRefusedException)
        {
            var nowMs = loop.Time.UnixMs();
            if (_current is not { } last)
            {
                throw new SaslFailedException($"There is no token to log in with by OAUTHBEARER: {failure.Message}");
            }

            if (last.ExpiresAtMs <= nowMs)
            {
                throw new RpcDisconnectedException($"There is no new token to log in with by OAUTHBEARER: {failure.Message}", failure);
            }

            _current = last with { RefreshAtMs = Math.Min(last.ExpiresAtMs, nowMs + FailureBackoffMs) };
            return last.Text;
        }
        finally
        {
            _pending = null;
        }
    }
}
