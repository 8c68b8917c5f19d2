namespace ClassicBroker.Transport;

/// <summary>
/// The user event of an <see cref="IdleStateHandler"/>: no byte in or out for as long as it
/// allows.
/// </summary>
public sealed class IdleStateEvent
{
    public static readonly IdleStateEvent Instance = new();

    private IdleStateEvent()
    {
    }
}
