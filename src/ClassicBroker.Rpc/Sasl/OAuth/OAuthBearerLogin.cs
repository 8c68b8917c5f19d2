using System.Text;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Logs in by OAUTHBEARER, with a token of <paramref name="tokens"/> for each connection. Threading: any thread.</summary>
internal sealed class OAuthBearerLogin(Func<string> tokens, string extensions) : ISaslLogin
{
    public string Mechanism => SaslMechanismNames.OAuthBearer;

    public ISaslClient Begin(string host) =>
        new Exchange(Encoding.UTF8.GetBytes($"n,,\u0001auth=Bearer {tokens()}\u0001{extensions}\u0001"));

    /// <summary>One message; where the broker answers with a reason, the client says that it has heard it.</summary>
    private sealed class Exchange(byte[] message) : ISaslClient
    {
        private string? _reason;

        public byte[] FirstToken() => message;

        public byte[]? Answer(ReadOnlySpan<byte> token)
        {
            if (_reason is not null)
            {
                throw new SaslFailedException(_reason);
            }

            if (token.IsEmpty)
            {
                return null;
            }

            _reason = Encoding.UTF8.GetString(token);
            return [0x01];
        }
    }
}
