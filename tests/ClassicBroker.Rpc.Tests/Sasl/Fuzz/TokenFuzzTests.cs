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
    public void Signed_tokens_in_parts()
    {
        var good = SignedTokens(out var validator);
        var texts = good.Select(token => $"{Part(token.Header)}.{Part(token.Claims)}").ToHashSet(StringComparer.Ordinal);
        Run(
            [
                .. good.Select(token => (byte[])[.. Encoding.UTF8.GetBytes($"{token.Header}\n{token.Claims}\n"), .. token.Signature]),
                Encoding.UTF8.GetBytes("{\"alg\":\"none\"}\n" + good[0].Claims + "\n"),
            ],
            input =>
            {
                var parts = Split(input);
                var text = $"{Base64Url.EncodeToString(parts[0])}.{Base64Url.EncodeToString(parts[1])}";
                validator.Validate($"{text}.{Base64Url.EncodeToString(parts[2])}");
                return texts.Contains(text) ? 1 : throw new InvalidOperationException("a token that was never signed is believed");
            });
    }

    [Fact]
    public void Signed_tokens_as_they_are_sent()
    {
        var good = SignedTokens(out var validator);
        string[] texts = [.. good.Select(token => $"{Part(token.Header)}.{Part(token.Claims)}")];
        Run(
            [.. good.Select((token, number) => Encoding.ASCII.GetBytes($"{texts[number]}.{Base64Url.EncodeToString(token.Signature)}"))],
            input =>
            {
                var text = Encoding.ASCII.GetString(input);
                validator.Validate(text);
                return texts.Any(good => text.StartsWith(good, StringComparison.Ordinal))
                    ? 1
                    : throw new InvalidOperationException("a token that was never signed is believed");
            });
    }

    [Fact]
    public void Lists_of_keys()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        Run(
            [Encoding.UTF8.GetBytes(Jwks(CurveKey(curve))), Encoding.UTF8.GetBytes(Jwks(RsaKey(rsa)))],
            input => JwksTokenValidator.ParseKeys(input).Count);
    }

    /// <summary>One token signed on a curve and one by RSA, and the validator that believes them.</summary>
    private (string Header, string Claims, byte[] Signature)[] SignedTokens(out JwksTokenValidator validator)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        validator = new JwksTokenValidator(
            new FixedKeys(JwksTokenValidator.ParseKeys(Encoding.UTF8.GetBytes(Jwks(CurveKey(curve), RsaKey(rsa))))), _time);
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var claims = $$"""{"sub":"alice","iat":{{now}},"exp":{{now + 600}},"nbf":{{now}},"scope":["a","b"]}""";
        const string OnCurve = """{"alg":"ES256","kid":"ec"}""";
        const string ByRsa = """{"alg":"RS256","kid":"r"}""";
        (string Header, string Claims, byte[] Signature)[] tokens =
        [
            (OnCurve, claims, curve.SignData(Signed(OnCurve), HashAlgorithmName.SHA256)),
            (ByRsa, claims, rsa.SignData(Signed(ByRsa), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
        ];
        foreach (var (header, _, signature) in tokens)
        {
            Assert.Equal("alice", validator.Validate($"{Part(header)}.{Part(claims)}.{Base64Url.EncodeToString(signature)}").Principal.Name);
        }

        return tokens;

        byte[] Signed(string header) => Encoding.ASCII.GetBytes($"{Part(header)}.{Part(claims)}");
    }

    private static string Jwks(params string[] keys) => $$"""{"keys":[{{string.Join(',', keys)}}]}""";

    private static string CurveKey(ECDsa curve)
    {
        var point = curve.ExportParameters(false).Q;
        return $$"""{"kty":"EC","kid":"ec","crv":"P-256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
    }

    private static string RsaKey(RSA rsa)
    {
        var key = rsa.ExportParameters(false);
        return $$"""{"kty":"RSA","kid":"r","use":"sig","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"AQAB"}""";
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
