using System.Net;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Transport.Tests;

public class ConnectionQuotasTests
{
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Two = IPAddress.Parse("10.0.0.2");

    private readonly ManualTime _time = new();

    [Fact]
    public void Addresses_have_their_own_or_the_common_limit()
    {
        var quotas = Create(new() { PerAddressMax = 2, AddressOverrides = new Dictionary<IPAddress, int> { [Two] = 1 } });

        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", One));
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", One));
        Assert.Equal(ConnectionAdmission.TooManyFromAddress, quotas.Admit("L", One));
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", Two));
        Assert.Equal(ConnectionAdmission.TooManyFromAddress, quotas.Admit("L", Two));
        quotas.Release("L", One);
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", One));
        Assert.Equal(3, quotas.Total);
    }

    [Fact]
    public void A_full_broker_tells_waiting_listeners_when_there_is_room()
    {
        var told = 0;
        var quotas = Create(new() { TotalMax = 1 });
        quotas.Admit("L", One);
        Assert.Equal(ConnectionAdmission.Full, quotas.MayAccept("L", () => told++));
        Assert.Equal(0, told);
        quotas.Release("L", One);
        Assert.Equal(1, told);
        Assert.Equal(ConnectionAdmission.Admitted, quotas.MayAccept("L", () => told++));
    }

    [Fact]
    public void The_protected_listener_stays_open_and_others_have_limits_of_their_own()
    {
        var quotas = Create(new()
        {
            TotalMax = 2,
            ProtectedListener = "REPLICATION",
            ListenerMax = new Dictionary<string, int> { ["REPLICATION"] = 2, ["CLIENT"] = 1 },
        });
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("CLIENT", One));
        Assert.Equal(ConnectionAdmission.Full, quotas.MayAccept("CLIENT", () => { }));
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("REPLICATION", One));
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("REPLICATION", One));
        Assert.Equal(ConnectionAdmission.Full, quotas.MayAccept("REPLICATION", () => { }));
    }

    [Fact]
    public void The_creation_rate_allows_a_second_s_worth_at_once_and_then_its_pace()
    {
        var quotas = Create(new() { CreationRateMax = 2 });
        Assert.Equal(2, AdmitAll(quotas));
        Assert.Equal(TimeSpan.FromSeconds(0.5), quotas.NextCreation("L"));
        _time.AdvanceMs(500);
        Assert.Equal(1, AdmitAll(quotas));
        _time.AdvanceMs(10_000);
        Assert.Equal(2, AdmitAll(quotas));
    }

    [Fact]
    public void A_listener_has_a_pace_of_its_own_and_the_brokers_pace_spares_the_protected_one()
    {
        var quotas = Create(new()
        {
            CreationRateMax = 3,
            ListenerCreationRateMax = new Dictionary<string, int> { ["L"] = 1, ["REPLICATION"] = 5 },
            ProtectedListener = "REPLICATION",
        });
        Assert.Equal(1, AdmitAll(quotas));
        Assert.Equal(TimeSpan.FromSeconds(1), quotas.NextCreation("L"));
        Assert.Equal(5, AdmitAll(quotas, "REPLICATION"));
        Assert.Equal(0, AdmitAll(quotas, "OTHER"));
        quotas.Limits = new();
        Assert.Equal(ConnectionAdmission.Admitted, quotas.MayAccept("L", () => { }));
    }

    [Fact]
    public void New_limits_hold_at_once()
    {
        var told = 0;
        var quotas = Create(new() { TotalMax = 0 });
        Assert.Equal(ConnectionAdmission.Full, quotas.MayAccept("L", () => told++));
        quotas.Limits = new() { TotalMax = 1 };
        Assert.Equal(1, told);
        Assert.Equal(ConnectionAdmission.Admitted, quotas.MayAccept("L", () => told++));
    }

    private static int AdmitAll(ConnectionQuotas quotas, string listener = "L")
    {
        var admitted = 0;
        while (quotas.MayAccept(listener, () => { }) == ConnectionAdmission.Admitted)
        {
            quotas.Admit(listener, One);
            admitted++;
        }

        return admitted;
    }

    private ConnectionQuotas Create(ConnectionLimits limits) => new(_time) { Limits = limits };

    [Fact]
    public void An_address_opens_no_more_than_its_rate_over_all_windows()
    {
        var time = new ManualTime();
        var quotas = new ConnectionQuotas(time) { AddressWindows = (2, 1_000) };
        var (limited, free) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        quotas.SetAddressRate(limited, 3);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", limited));
        }

        Assert.Equal(ConnectionAdmission.TooFastFromAddress, quotas.Admit("L", limited));
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", free));
        time.AdvanceMs(2_000);
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", limited));
    }

    [Fact]
    public void The_default_rate_holds_for_addresses_without_their_own()
    {
        var quotas = new ConnectionQuotas(new ManualTime()) { AddressWindows = (2, 1_000) };
        var (own, other) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        quotas.SetDefaultAddressRate(1);
        quotas.SetAddressRate(own, 2);
        Assert.Equal(
            [ConnectionAdmission.Admitted, ConnectionAdmission.Admitted, ConnectionAdmission.TooFastFromAddress],
            Enumerable.Range(0, 3).Select(_ => quotas.Admit("L", own)));
        Assert.Equal(
            [ConnectionAdmission.Admitted, ConnectionAdmission.TooFastFromAddress],
            Enumerable.Range(0, 2).Select(_ => quotas.Admit("L", other)));
        quotas.SetDefaultAddressRate(null);
        Assert.Equal(ConnectionAdmission.Admitted, quotas.Admit("L", other));
    }
}
