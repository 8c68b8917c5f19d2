using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Makes tokens that prove nothing, as the options of a login module describe them (KIP-255): for development only.
/// <code>
/// unsecuredLoginStringClaim_sub="alice"   unsecuredLoginNumberClaim_n="1"   unsecuredLoginListClaim_scope=" a b"   first: separator
/// </code>
/// Immutable; any thread.
/// </summary>
internal sealed class UnsecuredTokens : IBearerTokens
{
    private const string Prefix = "unsecuredLogin";
    private const string TextPrefix = Prefix + "StringClaim_";
    private const string NumberPrefix = Prefix + "NumberClaim_";
    private const string ListPrefix = Prefix + "ListClaim_";
    private const string ExtensionPrefix = Prefix + "Extension_";
    private const int DefaultLifetimeSeconds = 3600;

    private readonly IReadOnlyDictionary<string, string> _options;
    private readonly TimeProvider _time;
    private readonly int _lifetimeSeconds;

    /// <exception cref="JaasException">The options make no token.</exception>
    public UnsecuredTokens(IReadOnlyDictionary<string, string> options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var principalClaim = options.GetValueOrDefault(Prefix + "PrincipalClaimName") ?? "sub";
        if (string.IsNullOrEmpty(options.GetValueOrDefault(TextPrefix + principalClaim)))
        {
            throw new JaasException($"No principal name in JWT claim: {principalClaim}");
        }

        var lifetime = options.GetValueOrDefault(Prefix + "LifetimeSeconds");
        _lifetimeSeconds = lifetime is null ? DefaultLifetimeSeconds
            : JavaText.TryParseInt(lifetime, out var seconds) && seconds > 0 ? seconds
            : throw new JaasException($"{Prefix}LifetimeSeconds is no number of seconds");
    }

    /// <summary>The extensions to send with a token (KIP-342), each behind its name and ended by <c>%x01</c>.</summary>
    public string Extensions => string.Concat(Named(ExtensionPrefix).Select(extension => $"{extension.Name}={extension.Value}\u0001"));

    public ValueTask<string> GetAsync() => new(Make());

    public string Make()
    {
        var claims = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(claims))
        {
            var nowSeconds = _time.GetUtcNow().ToUnixTimeSeconds();
            json.WriteStartObject();
            json.WriteNumber("iat", nowSeconds);
            json.WriteNumber("exp", nowSeconds + _lifetimeSeconds);
            foreach (var (name, value) in Named(TextPrefix))
            {
                json.WriteString(name, value);
            }

            foreach (var (name, value) in Named(NumberPrefix))
            {
                json.WriteNumber(name, JavaText.TryParseDouble(value, out var number) ? number : 0);
            }

            foreach (var (name, value) in Named(ListPrefix).Where(list => list.Value.Length > 0))
            {
                json.WriteStartArray(name);
                foreach (var item in value[1..].Split(value[0]))
                {
                    json.WriteStringValue(item);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return $"{Base64Url.EncodeToString("""{"alg":"none"}"""u8)}.{Base64Url.EncodeToString(claims.WrittenSpan)}.";
    }

    private IEnumerable<(string Name, string Value)> Named(string prefix) =>
        _options.Where(option => option.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(option => (option.Key[prefix.Length..], option.Value));
}
