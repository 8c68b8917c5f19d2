using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>The broker's half of PLAIN: one token of authorization id, user and password, answered with nothing.</summary>
internal sealed class PlainServer(PlainServerMechanism mechanism) : ISaslServer
{
    private const int PartCount = 3;

    public ValueTask<SaslServerStep> EvaluateAsync(ReadOnlyMemory<byte> token) => new(Evaluate(token.Span));

    private SaslServerStep Evaluate(ReadOnlySpan<byte> token)
    {
        var parts = Encoding.UTF8.GetString(token).Split('\0');
        if (parts.Length != PartCount)
        {
            throw new SaslRefusedException(
                $"Invalid SASL/PLAIN response: expected 3 tokens, got {Math.Min(parts.Length, PartCount + 1)}");
        }

        var (authorizationId, user, password) = (parts[0], parts[1], parts[2]);
        if (user.Length == 0)
        {
            throw new SaslRefusedException("Authentication failed: username not specified");
        }

        if (password.Length == 0)
        {
            throw new SaslRefusedException("Authentication failed: password not specified");
        }

        if (!mechanism.IsPassword(user, password))
        {
            throw new SaslRefusedException(
                "Authentication failed: Invalid username or password", "PLAIN: there is no such user, or the password is wrong");
        }

        return authorizationId.Length == 0 || authorizationId == user
            ? new SaslServerStep([], new SaslIdentity(new KafkaPrincipal(KafkaPrincipal.UserType, user)))
            : throw new SaslRefusedException(
                "Authentication failed: Client requested an authorization id that is different from username");
    }
}
