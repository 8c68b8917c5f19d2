namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>What becomes of a call.</summary>
public enum ZooKeeperFault
{
    None,

    /// <summary>The connection goes before the call arrives: nothing happens, and the caller cannot know.</summary>
    LostRequest,

    /// <summary>The call is carried out and its answer is lost: the caller cannot know.</summary>
    LostReply,

    /// <summary>
    /// The caller's process dies before the call: neither this nor any later call of the session is carried out or answered.
    /// </summary>
    CrashBefore,

    /// <summary>The caller's process dies with the call carried out.</summary>
    CrashAfter,
}
