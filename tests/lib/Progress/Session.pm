# One test file of a run: what of its lines is shown, how it ended and why. What failed is shown with its comments,
# and any comment that is a warning; with prove -v everything is, at once where one file runs at a time.
package Progress::Session;

use strict;
use warnings;
use base 'TAP::Formatter::Session';

sub header {
    my ($self) = @_;
    $self->{text}    = '';
    $self->{reasons} = [];
    $self->{live}    = $self->formatter->verbose && $self->formatter->jobs == 1;
    $self->formatter->_output( $self->name . "\n" ) if $self->{live};
}

sub result {
    my ( $self, $result ) = @_;
    if ( $result->is_test ) {
        $self->{bad} = !$result->is_ok;
        push @{ $self->{reasons} }, _reason($result) if $self->{bad};
    }
    if ( $result->is_bailout ) {    # it ends the run: no test of ours does that (tests/lint.t)
        push @{ $self->{reasons} }, 'bailed out: ' . $result->explanation;
    }
    $self->{processor} = $1 if $result->is_comment && $result->as_string =~ /^# processor: ([\d.]+) s$/;
    $self->{limit}     = $1 if $result->is_comment && $result->as_string =~ /^# ended: (.*)/;
    my $warns = $result->is_comment && $result->raw =~ /^# warning: /;
    $self->_show( $result->raw ) if $warns || $self->formatter->verbose || $self->{bad} && !$result->is_plan;
}

sub _reason {
    my ($result) = @_;
    my $text = $result->description;
    $text =~ s/^- //;
    return $text =~ /^set-up: / ? $text : 'check ' . $result->number . ": $text";
}

sub _show {
    my ( $self, $line ) = @_;
    if ( $self->{live} ) {
        $self->formatter->_output("$line\n");
    }
    else {
        $self->{text} .= "    $line\n";
    }
}

sub close_test {
    my ($self) = @_;
    my $parser = $self->parser;
    my @errors = $parser->parse_errors;

    if ( grep { /^No plan found/ } @errors ) {
        my $checks = $parser->tests_run;
        push @{ $self->{reasons} },
          'ended without a plan, behind ' . ( $checks == 1 ? '1 check' : "$checks checks" ) . $self->_ending;
    }
    elsif (@errors) {
        push @{ $self->{reasons} }, $errors[0] . $self->_ending;
    }
    elsif ( !@{ $self->{reasons} } && $self->_ending ) {
        push @{ $self->{reasons} }, 'every check passed' . $self->_ending;
    }
    $self->{skipped} = $parser->skipped;
    $self->{seconds} = $parser->end_time - $parser->start_time;
    $self->{outcome} =
        $parser->has_problems ? 'FAILED'
      : $parser->skip_all     ? 'skipped'
      :                         'ok';
    $self->formatter->end_test($self);
    $self->formatter->_output( '    ' . $parser->skip_all . "\n" ) if $parser->skip_all;
    $self->formatter->_output( $self->{text} );
    $self->{text} = '';
    $self->parser(undef);
}

# How the process ended, unless well.
sub _ending {
    my ($self) = @_;
    my $parser = $self->parser;
    return " ($self->{limit})" if $self->{limit};
    my $signal = ( $parser->wait || 0 ) & 127;
    my $code   = $parser->exit || 0;
    $signal ||= $code - 128 if $code > 128;    # as a shell says it
    return " (signal $signal)" if $signal;
    return $code ? " (exit code $code)" : '';
}

sub outcome { return $_[0]{outcome} }
sub seconds { return $_[0]{seconds} }
sub skipped { return $_[0]{skipped} }
sub reasons { return @{ $_[0]{reasons} } }

# Seconds of the clock and of the processor, as they are kept.
sub figures {
    my ($self) = @_;
    return ( sprintf( '%.1f', $self->seconds ), defined $self->{processor} ? $self->{processor} : '-' );
}

sub processor {
    my ($self) = @_;
    return defined $self->{processor} ? sprintf '%6.1f s', $self->{processor} : '       -';
}

1;
