namespace ClassicBroker.AdminConsole.Messages;

/// <summary>One header of a record. Immutable.</summary>
internal sealed record HeaderView(string Name, PayloadView Value);
