namespace ClassicBroker.Platform;

/// <summary>
/// Where the proofs of a principal come from. Immutable.
/// </summary>
/// <param name="Principal">The principal, such as <c>kafka/broker.example@EXAMPLE.COM</c>; null for the one that is there.</param>
/// <param name="KeyTab">The file with its keys; null for the system's.</param>
/// <param name="UsesTicketCache">Take the tickets that <c>kinit</c> has left instead.</param>
/// <param name="TicketCache">The file with those tickets; null for the system's.</param>
public sealed record KerberosCredential(string? Principal, string? KeyTab, bool UsesTicketCache = false, string? TicketCache = null);
