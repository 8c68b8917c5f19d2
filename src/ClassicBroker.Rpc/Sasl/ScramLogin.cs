using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// Logs in by SCRAM, as a user or by a delegation token. Remembers what became of the password with the salt it last met, so that
/// connecting again does not cost the iterations again. Threading: any thread.
/// </summary>
public sealed class ScramLogin(ScramMechanism mechanism, string user, string password, bool isToken, IRandomSource random) : ISaslLogin
{
    /// <summary>
    /// What a server may ask for. Kafka stores up to 16384, its tool for ZooKeeper any number; more than this is no password's protection
    /// but an attempt to keep the client busy.
    /// </summary>
    public const int IterationsMax = 1_000_000;

    private volatile Salted? _last;

    public string Mechanism => mechanism.WireName();

    /// <summary>What makes a salted password of salt and iterations; null for the mechanism's own way, which takes its time.</summary>
    internal Func<byte[], int, byte[]>? Derivation { get; init; }

    public ValueTask<ISaslClient> BeginAsync(string host) => new(new ScramClient(this, mechanism, user, isToken, NewNonce()));

    internal byte[] SaltedPassword(byte[] salt, int iterations)
    {
        if (_last is { } last && last.Iterations == iterations && last.Salt.AsSpan().SequenceEqual(salt))
        {
            return last.Password;
        }

        var salted = Derivation?.Invoke(salt, iterations) ?? ScramKeys.SaltedPassword(mechanism, password, salt, iterations);
        _last = new Salted(salt, iterations, salted);
        return salted;
    }

    private string NewNonce()
    {
        Span<byte> nonce = stackalloc byte[24];
        random.Fill(nonce);
        return Convert.ToBase64String(nonce);
    }

    private sealed record Salted(byte[] Salt, int Iterations, byte[] Password);
}
