using System.Net;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc.Authorization;

/// <summary>Who asks for access: a principal, the address it comes from, and the API it calls.</summary>
public readonly record struct Requester(KafkaPrincipal Principal, IPAddress Address, ApiKey Api);
