using ClassicBroker.AdminConsole.Sessions;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>
/// Who did what through the console: a line for each change, for each sign-in, and for what was refused. Stateless. What users typed is
/// written with control characters replaced, so that a name cannot make a line of its own.
/// </summary>
internal sealed partial class AuditLog(ILogger logger)
{
    /// <summary>The category of its lines.</summary>
    public const string Category = "console.audit.logger";

    private const int LengthMax = 2000;

    public void Done(ConsoleSession? session, string address, string action, string subject) =>
        LogDone(logger, Clean(session?.User ?? "-"), address, action, Clean(subject));

    public void Refused(ConsoleSession? session, string address, string action, string reason) =>
        LogRefused(logger, Clean(session?.User ?? "-"), address, action, Clean(reason));

    public void SignedIn(ConsoleSession session, string address) => LogSignedIn(logger, Clean(session.User), address, session.Role);

    public void SignInFailed(string user, string address) => LogSignInFailed(logger, Clean(user), address);

    private static string Clean(string text)
    {
        var shown = text.Length > LengthMax ? text[..LengthMax] + "…" : text;
        return shown.AsSpan().ContainsAnyInRange('\0', '\x1f') || shown.Any(char.IsControl)
            ? string.Concat(shown.Select(character => char.IsControl(character) ? '\uFFFD' : character))
            : shown;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{User} at {Address}: {Action} {Subject}")]
    private static partial void LogDone(ILogger logger, string user, string address, string action, string subject);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{User} at {Address}: {Action} refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string user, string address, string action, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{User} at {Address}: signed in as {Role}")]
    private static partial void LogSignedIn(ILogger logger, string user, string address, ConsoleRole role);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{User} at {Address}: sign-in failed")]
    private static partial void LogSignInFailed(ILogger logger, string user, string address);
}
