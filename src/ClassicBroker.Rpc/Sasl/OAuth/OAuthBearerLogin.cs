using System.Text;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Logs in by OAUTHBEARER, with a token of <paramref name="tokens"/> for each connection. Threading: any thread.</summary>
internal sealed class OAuthBearerLogin(IBearerTokens tokens, string extensions) : ISaslLogin
{
    public string Mechanism => SaslMechanismNames.OAuthBearer;

    public async ValueTask<ISaslClient> BeginAsync(string host) =>
        new Exchange(Encoding.UTF8.GetBytes($"n,,\u0001auth=Bearer {await tokens.GetAsync()}\u0001{extensions}\u0001"));

    /// <summary>One message; where the broker answers with a reason, the client says that it has heard it.</summary>
    private sealed class Exchange(byte[] message) : ISaslClient
    {
        private string? _reason;

        public byte[] FirstToken() => message;

        public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> token)
        {
            if (_reason is not null)
            {
                throw new SaslFailedException(_reason);
            }

            if (token.IsEmpty)
            {
                return default;
            }

            _reason = Encoding.UTF8.GetString(token.Span);
            return new([0x01]);
        }
    }
}
