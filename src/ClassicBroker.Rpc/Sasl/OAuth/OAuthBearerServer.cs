using System.Text;
using System.Text.RegularExpressions;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// The broker's half of OAUTHBEARER. A token that is refused is answered with the reason as JSON, to which the client says <c>%x01</c>
/// and hears of the failure; it may also try another token.
/// <code>
/// client  "n," ["a=" authorization id] "," %x01 "auth=Bearer " token %x01 *(name "=" value %x01) %x01
/// </code>
/// </summary>
internal sealed partial class OAuthBearerServer(ITokenValidator validator) : ISaslServer
{
    private const byte ControlA = 0x01;
    private const string AuthKey = "auth";

    private TokenRefusedException? _refused;

    public ValueTask<SaslServerStep> EvaluateAsync(ReadOnlyMemory<byte> token) => new(Evaluate(token.Span));

    private SaslServerStep Evaluate(ReadOnlySpan<byte> token)
    {
        if (_refused is { } refused && token is [ControlA])
        {
            throw new SaslRefusedException(refused.Answer, $"OAUTHBEARER: {refused.Message}");
        }

        var (authorizationId, bearer) = Parse(Encoding.Latin1.GetString(token));
        try
        {
            var identity = validator.Validate(bearer);
            _refused = null;
            return authorizationId.Length == 0 || authorizationId == identity.Principal.Name
                ? new SaslServerStep([], identity)
                : throw new SaslRefusedException(
                    $"Authentication failed: Client requested an authorization id ({authorizationId}) that is different from the "
                    + $"token's principal name ({identity.Principal.Name})");
        }
        catch (TokenRefusedException failure)
        {
            _refused = failure;
            return new SaslServerStep(Encoding.UTF8.GetBytes(failure.Answer), null);
        }
    }

    private static (string AuthorizationId, string Token) Parse(string message)
    {
        var match = FirstMessage().Match(message);
        if (!match.Success)
        {
            throw SaslRefusedException.InvalidCredentials(SaslMechanismNames.OAuthBearer, "the message is malformed");
        }

        var authorization = match.Groups["pairs"].Value.Split('\u0001', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Where(pair => pair[0] == AuthKey)
            .Select(pair => Authorization().Match(pair[1]))
            .ToList();
        return authorization is [{ Success: true } only] && only.Groups["scheme"].Value.Equals("bearer", StringComparison.OrdinalIgnoreCase)
            ? (ScramAttributes.Unescape(match.Groups["authzid"].Value) ?? "", only.Groups["token"].Value)
            : throw SaslRefusedException.InvalidCredentials(SaslMechanismNames.OAuthBearer, "the message holds no bearer token");
    }

    [GeneratedRegex(
        @"\An,(?:a=(?<authzid>(?:[\x01-\x2B\x2D-\x3C\x3E-\x7F]|=2C|=3D)+))?,\x01(?<pairs>(?:[A-Za-z]+=[\x21-\x7E \t\r\n]+\x01)*)\x01\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex FirstMessage();

    [GeneratedRegex(@"\A(?<scheme>\w+) +(?<token>[-_.a-zA-Z0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Authorization();
}
