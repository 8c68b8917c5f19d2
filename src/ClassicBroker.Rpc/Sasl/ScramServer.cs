using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// The broker's half of SCRAM. It checks what 2.2 to 3.7 of Kafka did not: the nonce and the channel binding of the client's last message
/// (CVE-2024-56128), and extensions that must be understood.
/// <code>
/// client-first  "n," ["a=" authorization id] "," "n=" user ",r=" nonce *extension
/// server-first  "r=" nonce of both ",s=" salt ",i=" iterations
/// client-final  "c=" what stands before "n=" above, in base64 ",r=" nonce of both *extension ",p=" proof
/// server-final  "v=" signature
/// </code>
/// </summary>
internal sealed class ScramServer(ScramMechanism mechanism, IScramCredentials credentials, string ownNonce)
    : ISaslServer
{
    private const string TokenExtension = "tokenauth";

    private SaslIdentity? _identity;
    private ScramCredential? _credential;
    private string _binding = "";
    private string _nonce = "";
    private string _clientFirst = "";
    private string _serverFirst = "";

    public ValueTask<SaslServerStep> EvaluateAsync(ReadOnlyMemory<byte> token) => new(Evaluate(token.Span));

    private SaslServerStep Evaluate(ReadOnlySpan<byte> token)
    {
        var message = Encoding.UTF8.GetString(token);
        return _credential is null ? First(message) : Final(message);
    }

    private SaslServerStep First(string message)
    {
        var header = message.Split(',', 3);
        if (header.Length < 3 || header[0] != "n")
        {
            throw Refused("the first message does not begin with 'n,', and channel binding is not offered");
        }

        var rest = header[0].Length + header[1].Length + 2;
        _binding = message[..rest];
        _clientFirst = message[rest..];
        var attributes = ScramAttributes.TryParse(_clientFirst) ?? throw Refused("the first message is malformed");
        var name = attributes.Take("n") is { } escaped ? ScramAttributes.Unescape(escaped) : null;
        var nonce = attributes.Take("r");
        if (string.IsNullOrEmpty(name) || nonce is null || attributes.Extension("m") is not null)
        {
            throw Refused("the first message has no user or no nonce, or an extension that is not known here");
        }

        RequireSameUser(header[1], name);
        Find(name, "true".Equals(attributes.Extension(TokenExtension), StringComparison.OrdinalIgnoreCase));
        _nonce = nonce + ownNonce;
        _serverFirst = $"r={_nonce},s={Convert.ToBase64String(_credential!.Salt)},i={_credential.Iterations}";
        return new SaslServerStep(Encoding.UTF8.GetBytes(_serverFirst), null);
    }

    private SaslServerStep Final(string message)
    {
        var attributes = ScramAttributes.TryParse(message) ?? throw Refused("the last message is malformed");
        var binding = ScramAttributes.Bytes(attributes.Take("c"));
        var nonce = attributes.Take("r");
        var proof = ScramAttributes.Bytes(attributes.TakeLast("p"));
        if (binding is null || !binding.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(_binding)))
        {
            throw Refused("the last message binds to another channel than the first");
        }

        // Not equal: librdkafka before 2.6.1 puts its own part before the nonce of both once more.
        if (nonce?.EndsWith(_nonce, StringComparison.Ordinal) != true)
        {
            throw Refused("the nonce of the last message is not the one of this exchange");
        }

        if (proof is null || proof.Length != ScramKeys.HashLength(mechanism))
        {
            throw Refused("the last message has no proof");
        }

        var signed = $"{_clientFirst},{_serverFirst},{message[..message.LastIndexOf(",p=", StringComparison.Ordinal)]}";
        var clientKey = ScramKeys.Xor(proof, ScramKeys.Signature(mechanism, _credential!.StoredKey, signed));
        var isProved = CryptographicOperations.FixedTimeEquals(ScramKeys.Hash(mechanism, clientKey), _credential.StoredKey);
        var signature = ScramKeys.Signature(mechanism, _credential.ServerKey, signed);
        return isProved && _identity is not null
            ? new SaslServerStep(Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(signature)), _identity)
            : throw Refused("there is no such user, or the password is wrong");
    }

    private void Find(string name, bool isToken)
    {
        if (isToken)
        {
            var token = credentials.OfToken(mechanism, name);
            (_credential, _identity) = (token?.Credential ?? credentials.Decoys.OfToken(mechanism, name), token?.Owner);
        }
        else
        {
            // Made for users too, so that both take the same time.
            var decoy = credentials.Decoys.OfUser(mechanism, name);
            _credential = credentials.OfUser(mechanism, name);
            _identity = _credential is null ? null : new SaslIdentity(new KafkaPrincipal(KafkaPrincipal.UserType, name));
            _credential ??= decoy;
        }

        // So few that a listener could try passwords against what it heard.
        if (_credential.Iterations < ScramCredential.IterationsMin)
        {
            (_credential, _identity) = (credentials.Decoys.OfUser(mechanism, name), null);
        }
    }

    private static void RequireSameUser(string attribute, string name)
    {
        var isOwn = attribute.StartsWith("a=", StringComparison.Ordinal) && ScramAttributes.Unescape(attribute[2..]) == name;
        if (attribute.Length > 0 && !isOwn)
        {
            throw new SaslRefusedException(
                "Authentication failed: Client requested an authorization id that is different from username");
        }
    }

    private SaslRefusedException Refused(string reason) => SaslRefusedException.InvalidCredentials(mechanism.WireName(), reason);
}
