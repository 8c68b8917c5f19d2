using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.ZooKeeper.Sasl;

/// <summary>
/// The client's side of SASL DIGEST-MD5 (RFC 2831) with quality of protection "auth", as ZooKeeper servers speak it: an empty first
/// token, the
/// server's challenge, our response, and the server's proof that it knows the password too. Made for one connection.
/// </summary>
internal sealed class DigestMd5Client(SaslCredentials credentials, string clientNonce, string digestUri) : ISaslExchange
{
    /// <summary>What ZooKeeper servers call themselves.</summary>
    public const string ZooKeeperUri = "zookeeper/zk-sasl-md5";

    private const string NonceCount = "00000001";
    private const string Quality = "auth";
    private string? _expectedProof;

    /// <summary>True once the server has proved itself.</summary>
    public bool IsComplete { get; private set; }

    public ValueTask<byte[]> BeginAsync() => new([]);

    public ValueTask<byte[]?> AnswerAsync(byte[] token) => new(Evaluate(token));

    public void Dispose()
    {
        // It holds nothing.
    }

    /// <summary>Answers a token of the server's; null where none is due any more.</summary>
    public byte[]? Evaluate(ReadOnlySpan<byte> token)
    {
        var directives = DigestDirectives.Parse(Encoding.UTF8.GetString(token));
        if (_expectedProof is null)
        {
            return Respond(directives);
        }

        if (!directives.TryGetValue("rspauth", out var proof) || !IsExpected(proof))
        {
            throw new SaslException("the server did not prove that it knows the password");
        }

        IsComplete = true;
        return null;
    }

    private bool IsExpected(string proof) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(_expectedProof!));

    private byte[] Respond(SortedDictionary<string, string> challenge)
    {
        if (!challenge.TryGetValue("nonce", out var nonce))
        {
            throw new SaslException("the server's challenge has no nonce");
        }

        if (challenge.TryGetValue("qop", out var offered) && !offered.Split(',', StringSplitOptions.TrimEntries).Contains(Quality))
        {
            throw new SaslException($"the server wants quality of protection {offered}, we have {Quality}");
        }

        var realm = challenge.GetValueOrDefault("realm", "");
        var secret = Secret(realm, nonce);
        _expectedProof = Digest(secret, nonce, ":" + digestUri);
        var proof = Digest(secret, nonce, "AUTHENTICATE:" + digestUri);
        var response =
            $"charset=utf-8,username=\"{Quoted(credentials.User)}\",realm=\"{Quoted(realm)}\",nonce=\"{Quoted(nonce)}\",nc={NonceCount},"
            + $"cnonce=\"{clientNonce}\",digest-uri=\"{digestUri}\",maxbuf=65536,response={proof},qop={Quality}";
        return Encoding.UTF8.GetBytes(response);
    }

    /// <summary>HEX(H(A1)) of the RFC.</summary>
    private string Secret(string realm, string nonce)
    {
        var inner = Hash(BytesOf($"{credentials.User}:{realm}:{credentials.Password}"));
        return Hex(Hash([.. inner, .. Encoding.UTF8.GetBytes($":{nonce}:{clientNonce}")]));
    }

    private string Digest(string secret, string nonce, string a2) =>
        Hex(Hash(Encoding.UTF8.GetBytes($"{secret}:{nonce}:{NonceCount}:{clientNonce}:{Quality}:{Hex(Hash(Encoding.UTF8.GetBytes(a2)))}")));

    /// <summary>The RFC hashes what ISO 8859-1 can express in that encoding, anything else in UTF-8.</summary>
    private static byte[] BytesOf(string text) =>
        text.All(c => c <= '\u00ff') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);

    private static string Quoted(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    [SuppressMessage("Security", "CA5351", Justification = "The mechanism is built on MD5.")]
    private static byte[] Hash(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
