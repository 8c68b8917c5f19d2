using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Testing.Fuzzing;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Rpc.Tests.Sasl.Fuzz;

/// <summary>Signed tokens and lists of keys bent at random: no token but the one that was signed is believed, and nothing else comes of them.</summary>
public sealed class TokenFuzzTests(ITestOutputHelper output)
{
    private static readonly byte[][] Pieces =
    [
        .. new[] { ".", "\"", "{", "}", "[", "]", ":", ",", "null", "1e999", "-1", "\"none\"", "\"alg\"", "\"kid\"", "\"crit\"", "\\ud800", "e30", "W10" }
            .Select(Encoding.UTF8.GetBytes),
    ];

    private readonly ManualTime _time = new();

    /// <summary>What is bent are header and claims as JSON and the signature as bytes, so that most of it passes the first gate.</summary>
    [Fact]
    public void Signed_tokens()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var validator = new JwksTokenValidator(new FixedKeys(JwksTokenValidator.ParseKeys(Encoding.UTF8.GetBytes(Jwks(curve)))), _time);
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        const string header = """{"alg":"ES256","kid":"ec"}""";
        var claims = $$"""{"sub":"alice","iat":{{now}},"exp":{{now + 600}},"nbf":{{now}},"scope":["a","b"]}""";
        var good = $"{Part(header)}.{Part(claims)}";
        var signature = curve.SignData(Encoding.ASCII.GetBytes(good), HashAlgorithmName.SHA256);
        Assert.Equal("alice", validator.Validate($"{good}.{Base64Url.EncodeToString(signature)}").Principal.Name);

        byte[] sample = [.. Encoding.UTF8.GetBytes($"{header}\n{claims}\n"), .. signature];
        Run(
            [sample, [.. Encoding.UTF8.GetBytes("{\"alg\":\"none\"}\n" + claims + "\n")]],
            input =>
            {
                var parts = Split(input);
                var text = $"{Base64Url.EncodeToString(parts[0])}.{Base64Url.EncodeToString(parts[1])}";
                validator.Validate($"{text}.{Base64Url.EncodeToString(parts[2])}");
                return text == good ? 1 : throw new InvalidOperationException("a token that was never signed is believed");
            });
        Run(
            [Encoding.ASCII.GetBytes($"{good}.{Base64Url.EncodeToString(signature)}")],
            input =>
            {
                var text = Encoding.ASCII.GetString(input);
                validator.Validate(text);
                return text.StartsWith(good, StringComparison.Ordinal) ? 1 : throw new InvalidOperationException("a token that was never signed is believed");
            });
    }

    [Fact]
    public void Lists_of_keys()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(1024);
        var key = rsa.ExportParameters(false);
        var keys = $$"""{"keys":[{"kty":"RSA","kid":"r","use":"sig","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"AQAB"}]}""";
        Run([Encoding.UTF8.GetBytes(Jwks(curve)), Encoding.UTF8.GetBytes(keys)], input => JwksTokenValidator.ParseKeys(input).Count);
    }

    private static string Jwks(ECDsa curve)
    {
        var point = curve.ExportParameters(false).Q;
        return $$"""{"keys":[{"kty":"EC","kid":"ec","crv":"P-256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}]}""";
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static byte[][] Split(byte[] input)
    {
        var first = Math.Max(Array.IndexOf(input, (byte)'\n'), 0);
        var second = Math.Max(Array.IndexOf(input, (byte)'\n', Math.Min(first + 1, input.Length)), first);
        return [input[..first], input[first..second].AsSpan().TrimStart((byte)'\n').ToArray(), input[second..].AsSpan().TrimStart((byte)'\n').ToArray()];
    }

    private void Run(byte[][] samples, Func<byte[], int> attempt) =>
        output.WriteLine(new FuzzCampaign(samples, Pieces, attempt, typeof(TokenRefusedException), typeof(FormatException)).Run());
}
