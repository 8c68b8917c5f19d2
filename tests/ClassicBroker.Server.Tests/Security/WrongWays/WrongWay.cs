namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>One way in that is none: what is done, what the stranger sees of it, and what the broker's log says.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Connect">Opens the connection.</param>
/// <param name="Do">What is sent.</param>
/// <param name="Expected">The last answer and what became of the connection, as <see cref="Stranger.Outcome"/> has it.</param>
/// <param name="Reason">What a line of the log says; empty where the client refuses the broker, and has the reason itself.</param>
internal sealed record WrongWay(
    string Name, Func<WrongWaysBroker, Stranger> Connect, Action<WrongWaysBroker, Stranger> Do, string Expected, string Reason);
