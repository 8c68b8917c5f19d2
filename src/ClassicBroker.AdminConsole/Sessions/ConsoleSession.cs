namespace ClassicBroker.AdminConsole.Sessions;

/// <summary>A user who has signed in. Immutable; kept by the <see cref="SessionTable"/>.</summary>
/// <param name="Id">The secret in the browser's cookie.</param>
/// <param name="CsrfToken">What requests that change something carry beside the cookie.</param>
/// <param name="User">The user's name.</param>
/// <param name="Role">What the user may do.</param>
internal sealed record ConsoleSession(string Id, string CsrfToken, string User, ConsoleRole Role)
{
    /// <summary>The user alone: the rest is secret.</summary>
    public override string ToString() => $"{User} ({Role})";
}
