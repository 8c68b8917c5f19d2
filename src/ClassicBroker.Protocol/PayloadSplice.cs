using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>An external payload and the place in the written bytes before which it goes.</summary>
public readonly record struct PayloadSplice(int Position, IPayload Payload);
