using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Rpc;

/// <summary>
/// Logs a connection in: SaslHandshake, then as many SaslAuthenticate as the mechanism wants; the same again on a connection whose
/// session is about to end (KIP-368). Stateless; on the connection's loop.
/// </summary>
internal static class SaslLogIn
{
    private const short HandshakeVersion = 1;

    /// <summary>The share of a session after which re-authentication begins.</summary>
    private const double SessionShare = 0.9;

    private const double LongestMs = 24 * 3600 * 1000;

    /// <summary>
    /// Proves to the broker who this is, and returns after how long that has to be done again; null for never on this connection.
    /// </summary>
    /// <exception cref="SaslFailedException">The broker refuses, or did not prove itself.</exception>
    /// <exception cref="RpcDisconnectedException">The connection ended first.</exception>
    /// <exception cref="RpcTimeoutException">An answer did not come in time.</exception>
    public static async Task<TimeSpan?> RunAsync(
        RpcConnection connection, ISaslLogin login, RpcConnectionOptions options, short authenticateVersion)
    {
        var timeout = options.NegotiationTimeout;
        var exchange = await login.BeginAsync(options.Host);
        var handshake = await connection.SendAsync<SaslHandshakeRequest, SaslHandshakeResponse>(
            new() { Mechanism = login.Mechanism }, timeout, HandshakeVersion);
        if (handshake.Message.ErrorCode != ErrorCode.None)
        {
            throw Refused(handshake.Message, login.Mechanism);
        }

        for (var token = exchange.FirstToken(); ;)
        {
            var answer = await connection.SendAsync<SaslAuthenticateRequest, SaslAuthenticateResponse>(
                new() { AuthBytes = token }, timeout, authenticateVersion);
            var message = answer.Message;
            if (message.ErrorCode != ErrorCode.None)
            {
                throw new SaslFailedException(message.ErrorCode, message.ErrorMessage ?? $"{login.Mechanism} failed");
            }

            if (await exchange.AnswerAsync(message.AuthBytes) is { } next)
            {
                token = next;
                continue;
            }

            return message.SessionLifetimeMs > 0
                ? TimeSpan.FromMilliseconds(Math.Min(message.SessionLifetimeMs * SessionShare, LongestMs))
                : null;
        }
    }

    private static SaslFailedException Refused(SaslHandshakeResponse response, string mechanism)
    {
        var enabled = $"enabled mechanisms are [{string.Join(", ", response.Mechanisms)}]";
        return new SaslFailedException(
            response.ErrorCode,
            response.ErrorCode == ErrorCode.UnsupportedSaslMechanism
                ? $"Client SASL mechanism '{mechanism}' not enabled in the server, {enabled}"
                : $"Unexpected handshake request with client mechanism {mechanism}, {enabled}");
    }
}
