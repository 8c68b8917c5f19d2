using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Rpc.Tests.Sasl.OAuth;

/// <summary>Tokens right and wrong; what becomes of each is what Kafka 3.9.2 was recorded to do with its like.</summary>
public sealed class TokenValidatorTests : IDisposable
{
    private const long Now = 1_767_225_600;
    private const string Good = """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW,"exp":NOW+600 """;

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly RSA _other = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ManualTime _time = new();

    public void Dispose()
    {
        _rsa.Dispose();
        _other.Dispose();
        _curve.Dispose();
    }

    [Theory]
    [InlineData("alg RS256", """{"alg":"RS256","kid":"rsa"}""", Good, true)]
    [InlineData("alg RS512, though the key says RS256", """{"alg":"RS512","kid":"rsa"}""", Good, true)]
    [InlineData("alg PS256", """{"alg":"PS256","kid":"rsa"}""", Good, true)]
    [InlineData("alg ES256", """{"alg":"ES256","kid":"ec"}""", Good, true)]
    [InlineData("no kid", """{"alg":"RS256"}""", Good, true)]
    [InlineData("typ at+jwt", """{"alg":"RS256","typ":"at+jwt","kid":"rsa"}""", Good, true)]
    [InlineData("unknown kid", """{"alg":"RS256","kid":"nope"}""", Good, false)]
    [InlineData("kid of the other key", """{"alg":"RS256","kid":"ec"}""", Good, false)]
    [InlineData("kid that is no text", """{"alg":"RS256","kid":5}""", Good, false)]
    [InlineData("alg none", """{"alg":"none","kid":"rsa"}""", Good, false)]
    [InlineData("alg none without kid", """{"alg":"none"}""", Good, false)]
    [InlineData("alg NONE", """{"alg":"NONE","kid":"rsa"}""", Good, false)]
    [InlineData("no alg", """{"kid":"rsa"}""", Good, false)]
    [InlineData("ES512 with a key of P-256", """{"alg":"ES512","kid":"ec"}""", Good, false)]
    [InlineData("crit", """{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}""", Good, false)]
    [InlineData("expired", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW,"exp":NOW-100 """, false)]
    [InlineData("expired within the skew", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW,"exp":NOW-10 """, true)]
    [InlineData("no exp", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW """, false)]
    [InlineData("exp as text", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW,"exp":"NOW+600" """, false)]
    [InlineData("exp beyond all numbers", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW,"exp":1e300 """, false)]
    [InlineData("no iat", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","exp":NOW+600 """, false)]
    [InlineData("iat ahead", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"kafka","iat":NOW+600,"exp":NOW+1200 """, true)]
    [InlineData("nbf ahead", """{"alg":"RS256"}""", Good + ""","nbf":NOW+300""", false)]
    [InlineData("no sub", """{"alg":"RS256"}""", """ "iss":"http://golden","aud":"kafka","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("sub empty", """{"alg":"RS256"}""", """ "sub":"","iss":"http://golden","aud":"kafka","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("sub a number", """{"alg":"RS256"}""", """ "sub":5,"iss":"http://golden","aud":"kafka","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("wrong issuer", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://evil","aud":"kafka","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("no issuer", """{"alg":"RS256"}""", """ "sub":"alice","aud":"kafka","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("wrong audience", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":"none","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("no audience", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","iat":NOW,"exp":NOW+600 """, false)]
    [InlineData("audience list", """{"alg":"RS256"}""", """ "sub":"alice","iss":"http://golden","aud":["x","other"],"iat":NOW,"exp":NOW+600 """, true)]
    [InlineData("scope list", """{"alg":"RS256"}""", Good + ""","scope":["a","b"]""", true)]
    [InlineData("scope text", """{"alg":"RS256"}""", Good + ""","scope":"a b" """, true)]
    [InlineData("scope empty", """{"alg":"RS256"}""", Good + ""","scope":"" """, false)]
    [InlineData("scope twice", """{"alg":"RS256"}""", Good + ""","scope":["a","a"]""", false)]
    [InlineData("scope a number", """{"alg":"RS256"}""", Good + ""","scope":1""", false)]
    public void A_signed_token_is_believed_or_not(string about, string header, string claims, bool isGood)
    {
        Assert.NotEmpty(about);
        AssertOutcome(isGood, Jwks("http://golden", "kafka", "other"), Sign(header, claims, _rsa));
    }

    [Fact]
    public void Only_a_key_of_the_JWKS_signs()
    {
        const string header = """{"alg":"RS256","kid":"rsa"}""";
        var validator = Jwks("http://golden", "kafka");
        var good = Sign(header, Good, _rsa).Split('.');
        AssertOutcome(false, validator, Sign(header, Good, _other));
        AssertOutcome(false, validator, $"{good[0]}.{good[1]}.");
        AssertOutcome(false, validator, $"{good[0]}.{good[1]}.{good[2][..^8]}");
        AssertOutcome(false, validator, $"{good[0]}.{Part(Good.Replace("alice", "admin", StringComparison.Ordinal))}.{good[2]}");
        AssertOutcome(false, validator, string.Join('.', good) + ".x");
        AssertOutcome(false, validator, "a.b");
        AssertOutcome(false, validator, "a.b.c.d.e");
        AssertOutcome(false, validator, "a.b.c");
        AssertOutcome(false, validator, $"{Part("[]", braces: false)}.{good[1]}.{good[2]}");

        // The public key as a shared secret: the oldest confusion there is.
        foreach (var secret in new[] { Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()), _rsa.ExportSubjectPublicKeyInfo() })
        {
            var signed = $"{Part("""{"alg":"HS256","kid":"rsa"}""", braces: false)}.{good[1]}";
            AssertOutcome(false, validator, $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}");
        }
    }

    [Fact]
    public void Without_an_expected_audience_a_token_that_has_one_is_refused()
    {
        var validator = Jwks(issuer: null);
        AssertOutcome(false, validator, Sign("""{"alg":"RS256"}""", Good, _rsa));
        AssertOutcome(true, validator, Sign("""{"alg":"RS256"}""", """ "sub":"alice","iss":"http://any","iat":NOW,"exp":NOW+600 """, _rsa));
    }

    [Fact]
    public void Claims_have_the_names_that_are_set()
    {
        var validator = new JwksTokenValidator(new FixedKeys(Keys()), _time) { PrincipalClaim = "upn", ScopeClaim = "roles", ClockSkew = TimeSpan.Zero };
        const string claims = """ "sub":"alice","iat":NOW,"exp":NOW+600,"roles":["r1"] """;
        Assert.Equal("alice@x", validator.Validate(Sign("""{"alg":"RS256"}""", claims + ""","upn":"alice@x" """, _rsa)).Principal.Name);
        AssertOutcome(false, validator, Sign("""{"alg":"RS256"}""", claims, _rsa));
        AssertOutcome(false, validator, Sign("""{"alg":"RS256"}""", """ "sub":"a","upn":"b","iat":NOW,"exp":NOW-2 """, _rsa));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"***","e":"AQAB"}]}""")]
    public void What_is_no_JWKS_is_said_so(string text) =>
        Assert.Throws<FormatException>(() => JwksTokenValidator.ParseKeys(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("""{"keys":[{"kty":"oct","k":"AAAA"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-1","x":"AQAB","y":"AQAB"},1,null]}""")]
    [InlineData("""{"keys":[]}""")]
    public void Keys_that_verify_nothing_are_passed_over(string text) =>
        Assert.Empty(JwksTokenValidator.ParseKeys(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("good", """{"alg":"none"}""", Good, "", true)]
    [InlineData("typ too", """{"alg":"none","typ":"JWT"}""", Good, "", true)]
    [InlineData("signed", """{"alg":"none"}""", Good, "AAAA", false)]
    [InlineData("RS256 without a signature", """{"alg":"RS256"}""", Good, "", false)]
    [InlineData("expired", """{"alg":"none"}""", """ "sub":"alice","exp":NOW-10 """, "", false)]
    [InlineData("no exp", """{"alg":"none"}""", """ "sub":"alice" """, "", false)]
    [InlineData("no iat", """{"alg":"none"}""", """ "sub":"alice","exp":NOW+10 """, "", true)]
    [InlineData("iat ahead", """{"alg":"none"}""", """ "sub":"alice","iat":NOW+300,"exp":NOW+600 """, "", false)]
    [InlineData("empty sub", """{"alg":"none"}""", """ "sub":"","exp":NOW+10 """, "", false)]
    public void An_unsecured_token_is_believed_or_not(string about, string header, string claims, string signature, bool isGood)
    {
        Assert.NotEmpty(about);
        var validator = new UnsecuredTokenValidator(new Dictionary<string, string>(), _time);
        AssertOutcome(isGood, validator, $"{Part(header, braces: false)}.{Part(claims)}.{signature}");
    }

    [Theory]
    [InlineData(""","scope":["kafka"] """, true)]
    [InlineData(""","scope":"kafka x" """, false)]
    [InlineData(""","scope":"s" """, false)]
    [InlineData("", false)]
    public void A_required_scope_has_to_be_there(string scope, bool isGood)
    {
        var options = new Dictionary<string, string> { ["unsecuredValidatorRequiredScope"] = "kafka", ["unsecuredValidatorPrincipalClaimName"] = "upn" };
        var validator = new UnsecuredTokenValidator(options, _time);
        var token = $"{Part("""{"alg":"none"}""", braces: false)}.{Part(""" "upn":"alice@x","exp":NOW+600 """ + scope)}.";
        if (isGood)
        {
            Assert.Equal("alice@x", validator.Validate(token).Principal.Name);
        }
        else
        {
            Assert.Equal("""{"status":"insufficient_scope", "scope":"[kafka]"}""", Assert.Throws<TokenRefusedException>(() => validator.Validate(token)).Answer);
        }
    }

    [Fact]
    public void A_client_and_a_broker_agree_over_an_unsecured_token()
    {
        var entry = JaasParser.ParseValue(
            $"{LoginModules.OAuthBearer} required unsecuredLoginStringClaim_sub=\"alice\" unsecuredLoginListClaim_scope=\" a b\" unsecuredLoginNumberClaim_n=\"5\" "
            + "unsecuredLoginExtension_traceId=\"7\" unsecuredLoginLifetimeSeconds=\"60\";");
        var login = LoginModules.LoginBy("OAUTHBEARER", entry, Surroundings.Of(_time));
        var client = login.Begin("host");
        var server = OAuthValidators.Unsecured(new Dictionary<string, string>(), _time).Begin();
        var step = server.Evaluate(client.FirstToken());
        Assert.Equal(("User:alice", (Now + 60) * 1000), (step.Identity!.Principal.ToString(), step.Identity.ExpiresAtMs));
        Assert.Null(client.Answer(step.Answer));
        Assert.Equal(
            "No principal name in JWT claim: sub",
            Assert.Throws<JaasException>(
                () => LoginModules.LoginBy("OAUTHBEARER", new(LoginModules.OAuthBearer, new Dictionary<string, string>()), Surroundings.Of(_time))).Message);
    }

    [Fact]
    public void A_refused_token_is_told_with_its_status_and_another_may_follow()
    {
        var server = OAuthValidators.Unsecured(new Dictionary<string, string>(), _time).Begin();
        var expired = $"{Part("""{"alg":"none"}""", braces: false)}.{Part(""" "sub":"alice","exp":NOW-1 """)}.";
        var first = server.Evaluate(First(expired));
        Assert.Null(first.Identity);
        Assert.Equal("""{"status":"invalid_token"}""", Encoding.UTF8.GetString(first.Answer));
        Assert.Equal("""{"status":"invalid_token"}""", Assert.Throws<SaslRefusedException>(() => server.Evaluate([0x01])).Message);
        Assert.NotNull(server.Evaluate(First($"{Part("""{"alg":"none"}""", braces: false)}.{Part(Good)}.")).Identity);
    }

    [Theory]
    [InlineData("n,a=alice,\u0001auth=Bearer T\u0001\u0001", null)]
    [InlineData("n,,\u0001auth=bearer T\u0001\u0001", null)]
    [InlineData("n,,\u0001auth=Bearer T\u0001traceId=1\u0001b=2\u0001\u0001", null)]
    [InlineData(
        "n,a=admin,\u0001auth=Bearer T\u0001\u0001",
        "Authentication failed: Client requested an authorization id (admin) that is different from the token's principal name (alice)")]
    [InlineData("n,,\u0001auth=Bearer T\u0001auth=x\u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("n,,\u0001auth=Bearer T\u0001tr.ace=1\u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("n,,\u0001auth=Basic T\u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("n,,\u0001auth=Bearer T\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("n,,\u0001auth=Bearer \u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("n,,\u0001auth=Bearer **\u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("y,,\u0001auth=Bearer T\u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("p=x,,\u0001auth=Bearer T\u0001\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("\u0001", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("", "invalid credentials with SASL mechanism OAUTHBEARER")]
    [InlineData("hello", "invalid credentials with SASL mechanism OAUTHBEARER")]
    public void A_message_is_taken_apart_as_RFC_7628_says(string message, string? told)
    {
        var token = $"{Part("""{"alg":"none"}""", braces: false)}.{Part(Good)}.";
        var server = OAuthValidators.Unsecured(new Dictionary<string, string>(), _time).Begin();
        var bytes = Encoding.Latin1.GetBytes(message.Replace("T\u0001", token + "\u0001", StringComparison.Ordinal));
        if (told is null)
        {
            Assert.Equal("alice", server.Evaluate(bytes).Identity!.Principal.Name);
        }
        else
        {
            Assert.Contains(told, Assert.Throws<SaslRefusedException>(() => server.Evaluate(bytes)).Message, StringComparison.Ordinal);
        }
    }

    private static byte[] First(string token) => Encoding.ASCII.GetBytes($"n,,\u0001auth=Bearer {token}\u0001\u0001");

    private static void AssertOutcome(bool isGood, ITokenValidator validator, string token)
    {
        if (isGood)
        {
            Assert.Equal("User:alice", validator.Validate(token).Principal.ToString());
        }
        else
        {
            Assert.Equal("""{"status":"invalid_token"}""", Assert.Throws<TokenRefusedException>(() => validator.Validate(token)).Answer);
        }
    }

    private static string Part(string text, bool braces = true)
    {
        var json = braces ? "{" + text + "}" : text;
        foreach (var offset in new[] { 1200, 600, 300, 10 })
        {
            json = json.Replace($"NOW+{offset}", $"{Now + offset}", StringComparison.Ordinal);
        }

        foreach (var offset in new[] { 100, 10, 2, 1 })
        {
            json = json.Replace($"NOW-{offset}", $"{Now - offset}", StringComparison.Ordinal);
        }

        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.Replace("NOW", $"{Now}", StringComparison.Ordinal)));
    }

    private JwksTokenValidator Jwks(string? issuer, params string[] audiences) => new(new FixedKeys(Keys()), _time) { Issuer = issuer, Audiences = audiences };

    private IReadOnlyList<JsonWebKey> Keys()
    {
        var rsa = _rsa.ExportParameters(false);
        var curve = _curve.ExportParameters(false);
        var jwks = JsonSerializer.Serialize(new
        {
            keys = new object[]
            {
                new { kty = "RSA", kid = "rsa", use = "sig", alg = "RS256", n = Base64Url.EncodeToString(rsa.Modulus), e = Base64Url.EncodeToString(rsa.Exponent) },
                new { kty = "EC", kid = "ec", crv = "P-256", x = Base64Url.EncodeToString(curve.Q.X), y = Base64Url.EncodeToString(curve.Q.Y) },
            },
        });
        return JwksTokenValidator.ParseKeys(Encoding.UTF8.GetBytes(jwks));
    }

    private string Sign(string header, string claims, RSA key)
    {
        var signed = $"{Part(header, braces: false)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = header switch
        {
            _ when header.Contains("RS512", StringComparison.Ordinal) => key.SignData(bytes, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            _ when header.Contains("PS256", StringComparison.Ordinal) => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ when header.Contains("ES256", StringComparison.Ordinal) => _curve.SignData(bytes, HashAlgorithmName.SHA256),
            _ when header.Contains("ES512", StringComparison.Ordinal) => _curve.SignData(bytes, HashAlgorithmName.SHA512),
            _ when header.Contains("none", StringComparison.OrdinalIgnoreCase) => [],
            _ => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
