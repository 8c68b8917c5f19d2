using ClassicBroker.Client;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>What is tried of a method of <see cref="AdminClient"/>. Immutable.</summary>
/// <param name="Call">The method with input that is well formed, for the tests that call it off.</param>
/// <param name="Right">The method with right input, and what it brings.</param>
/// <param name="Wrong">The method with wrong input, and how that is refused; null where no input is wrong.</param>
internal sealed record AdminMethod(
    Func<AdminClient, CancellationToken, Task> Call, Func<AdminBroker, Task> Right, Func<AdminBroker, Task>? Wrong);
