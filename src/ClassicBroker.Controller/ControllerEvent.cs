namespace ClassicBroker.Controller;

/// <summary>
/// Something the controller is to do, under Kafka's name of it. A caller that waits hears by <paramref name="Preempt"/> that the
/// event was dropped because the session expired.
/// </summary>
internal sealed record ControllerEvent(string Name, Func<Task> ProcessAsync, Action? Preempt = null)
{
    /// <summary>When it was queued, by the clock of the controller's loop.</summary>
    public long QueuedAt { get; init; }

    public ControllerEventKind Kind => ControllerEventKinds.Of(Name);
}
