namespace ClassicBroker.Client;

/// <summary>Kinds of leader elections. Values are the wire's.</summary>
public enum ElectionType : sbyte
{
    /// <summary>The first replica of the assignment, if it is in sync.</summary>
    Preferred = 0,

    /// <summary>Any live replica, in sync or not, where there is no leader.</summary>
    Unclean = 1,
}
