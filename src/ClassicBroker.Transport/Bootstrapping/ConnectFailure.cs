namespace ClassicBroker.Transport;

/// <summary>Why a connection could not be opened.</summary>
public enum ConnectFailure
{
    /// <summary>Nothing listens there.</summary>
    Refused,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The name has no address.</summary>
    Unresolvable,

    /// <summary>No way to that host or network.</summary>
    Unreachable,

    /// <summary>The operating system refused for a reason of its own, such as too many open files.</summary>
    LocalFailure,
}
