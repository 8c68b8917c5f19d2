using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>Logs in by PLAIN. Immutable.</summary>
public sealed class PlainLogin(string user, string password) : ISaslLogin
{
    public string Mechanism => SaslMechanismNames.Plain;

    public ValueTask<ISaslClient> BeginAsync(string host) => new(new Exchange(Encoding.UTF8.GetBytes($"\0{user}\0{password}")));

    /// <summary>One token, and an empty answer.</summary>
    private sealed class Exchange(byte[] token) : ISaslClient
    {
        public byte[] FirstToken() => token;

        public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> token) =>
            token.IsEmpty ? default : throw new SaslFailedException("The broker answered PLAIN with a token, where none is due");
    }
}
